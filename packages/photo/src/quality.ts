/**
 * From this quality on (`faces.quality`; NULL counts as well) the embedding of a face tells it from others. Below it most are too far from
 * where they would be for a sharp photo (measured: `quality.ts` of face-recognition).
 */
export const GOOD_QUALITY = 0.5
