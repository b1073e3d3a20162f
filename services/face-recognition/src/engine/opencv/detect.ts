import { type Detect, lookAt } from '../cascade.ts'
import { coversMost } from '../detections.ts'
import type { Detected, Detection, DetectOptions } from '../engine.ts'
import type { Pyramid } from '../pyramid.ts'

/**
 * Least score of a face; where only the largest canvas shows something, it is more often none. With 0.6 throughout, 8 of 82 pictures without a
 * face show one, so 4. Far faces have 0.7 and more, of 78 pictures without a face up to 2 600 pixels wide 4 show such a thing.
 */
export const LEAST_SCORE = 0.7
const LEAST_SCORE_LARGEST = 0.8
/**
 * Sides of the canvas, of which every photo gets two: YuNet sees faces of 10 to some 300 pixels, and a look at 640 alone spoils those that
 * fill the picture. The further two follow where these show nothing.
 */
const [SMALLEST, FIRST, SECOND, LARGEST] = [160, 320, 640, 1024] as const
/** An original that is larger than this may have faces that the looks at 640 and 1024 do not even hint at. */
const LARGE_SIDE = 1600
/** A photo that is not larger than this gets the smaller two. */
const SMALL_SIDE = 256
/** A box is as good as its score where the face has so many pixels on the canvas, and worse than any such box where it has not. */
const WELL_SEEN = { least: 16, most: 220 }
/** A new detection with a score from here on hints at a small face: then a larger canvas follows. */
const HINT_SCORE = 0.4
/** With fewer pixels on the second canvas there may be smaller ones, which only a larger canvas shows: of this side, for even fewer of that one. */
const [SMALL_FACE, TINY_FACE] = [32, 24]
const [FAR, FARTHEST] = [1024, 1792]

type Ranked = Detection & { rank: number }

/** The faces of a picture, each in the look that shows it best, and whether there may be smaller ones. */
export async function detectInTwoLooks(
  detect: Detect,
  pyramid: Pyramid,
  { budget, originalSide }: DetectOptions,
): Promise<Detected> {
  const longer = Math.max(pyramid.picture.width, pyramid.picture.height)
  const look = async (side: number, least: number): Promise<Ranked[]> => {
    const found = await lookAt(detect, pyramid, side, least, (pixels) => budget.take(pixels))
    return found.map((detection) => ({ ...detection, rank: rankOf(detection, side / longer) }))
  }
  const [small, large] = longer <= SMALL_SIDE ? [SMALLEST, FIRST] : [FIRST, SECOND]
  const first = await look(small, LEAST_SCORE)
  const second = await look(large, HINT_SCORE)
  const isFace = ({ score }: Detection) => score >= LEAST_SCORE
  const faces = best([...first, ...second.filter(isFace)])
  const heightOn = (side: number, { top, bottom }: Detection) => ((bottom - top) * side) / longer
  // What a look at all of a large original costs leaves no budget for one at half of it.
  if (faces.length === 0 && originalSide > LARGE_SIDE) {
    const close = best(await look(SMALLEST, LEAST_SCORE))
    return close.length > 0 ? { faces: close } : { faces: [], far: FARTHEST }
  }
  if (faces.length === 0) {
    const third = await look(LARGEST, HINT_SCORE)
    const small = third.filter(({ score }) => score >= LEAST_SCORE_LARGEST)
    const seen = best(small.length > 0 ? small : await look(SMALLEST, LEAST_SCORE))
    const isFar = originalSide > LARGEST && third.some((detection) => heightOn(LARGEST, detection) < SMALL_FACE)
    return { faces: seen, ...(isFar && { far: FARTHEST }) }
  }
  const hints = second.filter((detection) => !faces.some((face) => coversMost(face, detection)))
  const least = Math.min(...[...faces, ...hints].map((detection) => heightOn(large, detection)))
  if (originalSide <= large || least >= SMALL_FACE) return { faces }
  return { faces, far: least < TINY_FACE ? FARTHEST : FAR }
}

function rankOf({ left, top, right, bottom, score }: Detection, scale: number): number {
  const pixels = Math.max(right - left, bottom - top) * scale
  return score + (pixels >= WELL_SEEN.least && pixels <= WELL_SEEN.most ? 1 : 0)
}

/** Each face once, as it is seen best. */
function best(detections: Ranked[]): Detection[] {
  const kept: Ranked[] = []
  for (const detection of detections.toSorted((one, other) => other.rank - one.rank))
    if (kept.every((other) => !coversMost(detection, other))) kept.push(detection)
  return kept.map(({ rank: _, ...detection }) => detection)
}
