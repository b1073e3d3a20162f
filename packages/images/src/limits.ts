/** A picture with more pixels is not decoded: what "50 MP" cameras write has 50.3 million. Fewer may still be too costly (decode-cost.ts). */
export const IMAGE_MAX_PIXELS = 64_000_000
