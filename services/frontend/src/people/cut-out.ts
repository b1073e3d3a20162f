import { ImageMissingError, ImageUnreadableError, PathRefusedError } from '@livepods/images'
import type { Box } from '../pictures.ts'
import type { Work } from './work.ts'

/** In sizes of the face. The detector wants some room around it; neighbours want less. */
const MARGINS = [0.5, 0.3, 0.15, 0.8]

/** A face cut out of its photo so that it is the only one, as far as that can be; undefined when the photo cannot be read any more. */
export async function cutOut(
  { faces, pictures }: Pick<Work, 'faces' | 'pictures'>,
  path: string,
  box: Box,
): Promise<{ bytes: Buffer; found: number } | undefined> {
  let best: { bytes: Buffer; found: number } | undefined
  try {
    for (const margin of MARGINS) {
      const bytes = await pictures.portrait(path, box, margin)
      const found = await faces.count(bytes)
      if (best === undefined || (found > 0 && (best.found === 0 || found < best.found))) best = { bytes, found }
      if (found === 1) break
    }
  } catch (error) {
    if (
      !(
        error instanceof ImageMissingError ||
        error instanceof ImageUnreadableError ||
        error instanceof PathRefusedError
      )
    )
      throw error
  }
  return best
}
