import { ImageMissing, ImageUnreadable, PathRefused } from '@livepods/images'
import type { Box } from '../pictures.ts'
import type { KnownImage } from './face-service.ts'
import type { Work } from './work.ts'

/** In sizes of the face. The detector wants some room around it; neighbours want less. */
const MARGINS = [0.5, 0.3, 0.15, 0.8]

/** The name of the known image that a face of a photo becomes, without its end. */
export const portraitName = (face: string) => `face-${face}`

/**
 * Makes a face of a photo a known image of the person: cut out so that it is the only face. Resolves with a warning in place of the image
 * when the photo cannot be read any more.
 */
export async function learn(
  { faces, pictures }: Pick<Work, 'faces' | 'pictures'>,
  { face, path, box, key }: { face: string; path: string; box: Box; key: string },
): Promise<{ image: KnownImage | undefined; warning: string | undefined }> {
  let best: { bytes: Buffer; found: number } | undefined
  try {
    for (const margin of MARGINS) {
      const bytes = await pictures.portrait(path, box, margin)
      const found = await faces.count(bytes)
      if (best === undefined || (found > 0 && (best.found === 0 || found < best.found))) best = { bytes, found }
      if (found === 1) break
    }
  } catch (error) {
    if (!(error instanceof ImageMissing || error instanceof ImageUnreadable || error instanceof PathRefused))
      throw error
  }
  if (!best) return { image: undefined, warning: 'The photo cannot be read any more, so nothing was learned from it.' }
  const image = await faces.add(best.bytes, key, portraitName(face))
  return { image, warning: image.warning && `${WARNINGS[best.found === 0 ? 0 : 1]} Add a clearer photo of the person.` }
}

const WARNINGS = [
  'The face, cut out of the photo, is not recognised as one, so nothing was learned from it.',
  'Other faces are so near on the photo that what was learned from it may be wrong.',
]
