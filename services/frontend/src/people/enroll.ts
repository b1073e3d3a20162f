import type { Box } from '../pictures.ts'
import { cutOut } from './cut-out.ts'
import type { KnownImage } from './face-service.ts'
import { whyNotThisFace } from './replaced.ts'
import type { Work } from './work.ts'

/** The name of the known image that a face of a photo becomes, without its end. */
export const portraitName = (face: string) => `face-${face}`

/**
 * Enrolls a face of a photo: cuts it out so that it is the only face, and makes that a known image of the person. Resolves with a warning
 * in place of the image when the photo cannot be read any more, or shows somebody else now.
 */
export async function enroll(
  work: Work,
  { face, path, box, key }: { face: string; path: string; box: Box; key: string },
): Promise<{ image: KnownImage | undefined; warning: string | undefined }> {
  const best = await cutOut(work, path, box)
  if (!best) return { image: undefined, warning: 'The photo cannot be read any more, so nothing was learned from it.' }
  const reason = await whyNotThisFace(work, face, best.bytes)
  if (reason) return { image: undefined, warning: `${reason} So nothing was learned from it.` }
  const image = await work.faces.add(best.bytes, key, portraitName(face))
  return { image, warning: image.warning && `${WARNINGS[best.found === 0 ? 0 : 1]} Add a clearer photo of the person.` }
}

const WARNINGS = [
  'The face, cut out of the photo, is not recognised as one, so nothing was learned from it.',
  'Other faces are so near on the photo that what was learned from it may be wrong.',
]
