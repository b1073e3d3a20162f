import type { Tile } from './canvas.ts'
import { coversMost, withoutDoubles } from './detections.ts'
import { type Detected, type Detection, type DetectOptions, MIN_SCORE } from './engine.ts'
import type { LookBudget } from './look-budget.ts'
import type { Pyramid } from './pyramid.ts'
import { stretchOf } from './stretch.ts'
import { showsWhole, tilesOf } from './tiles.ts'
import type { Size } from './warp.ts'

/** Of the picture, scaled until its longer side has `side` pixels: all of it or one tile. */
export interface View {
  side: number
  tile?: Tile
}

/** Runs the detector once: detections with a score of at least `least`. */
export type Detect = (pyramid: Pyramid, view: View, least: number) => Promise<Detection[]>

/**
 * Sides of the canvas, in the order of their use: the detector finds faces of a limited range of sizes in pixels. 320 finds a face on 263
 * of 271 photos, 512 finds small faces, 192 finds faces that are blurred or fill the picture. The three together find a face on all 271, in
 * a third of the time of 512 alone, which misses 41.
 */
const [FIRST, LARGER, SMALLER] = [320, 512, 192] as const
/** Sides for small faces, and for those that have fewer than TINY pixels on the canvas before. */
const FAR = 1024
const FARTHEST = 1792
/** A photo that is not larger than this is detected at this side first. */
const SMALL_SIDE = 256
/**
 * A new detection with a score from here up to MIN_SCORE hints at a small face: then a larger canvas follows. Measured on 56 photos: 3 have
 * more faces on the larger canvas, and these 3 alone have such a detection.
 */
const HINT_SCORE = 0.1
/**
 * The same for far faces. Of 37 pictures without a face 8 have such a detection, of 45 with far faces all but 3. Those 3 have one of the lower
 * score, as have most pictures without a face: it counts where the original is so large that its faces can be that small.
 */
const FAR_HINT_SCORE = { small: 0.08, large: 0.045 }
const LARGE_SIDE = 2000
/** A face of fewer pixels on a canvas is small: where there is one, there may be smaller ones that the canvas does not show. */
const SMALL_FACE = 32
const TINY_FACE = 24
/** The canvas of one look, in the detector's steps. */
export const STEP = 64

/** The faces of a picture, at the least expense, and whether there may be smaller ones. `originalSide` is that of the file. */
export async function detectInSteps(
  detect: Detect,
  pyramid: Pyramid,
  { budget, originalSide }: DetectOptions,
): Promise<Detected> {
  const { width, height } = pyramid.picture
  const longer = Math.max(width, height)
  const look = (side: number, least: number) => lookAt(detect, pyramid, side, least, (pixels) => budget.take(pixels))
  const seen = await look(longer <= SMALL_SIDE ? SMALL_SIDE : FIRST, HINT_SCORE)
  const faces = withoutDoubles(facesOf(seen))
  const leastOf = (detections: Detection[], side: number) =>
    Math.min(...detections.map(({ top, bottom }) => ((bottom - top) * sideOf(pyramid, side)) / longer))
  if (faces.length > 0 && newOf(seen, faces).length === 0 && leastOf(faces, FIRST) >= SMALL_FACE) return { faces }
  const larger = await look(LARGER, originalSide < LARGE_SIDE ? FAR_HINT_SCORE.small : FAR_HINT_SCORE.large)
  const both = withoutDoubles([...faces, ...facesOf(larger)])
  const all = both.length > 0 ? both : withoutDoubles(await look(SMALLER, MIN_SCORE))
  if (originalSide <= LARGER) return { faces: all }
  const hints = newOf(larger, both)
  // Of faces that are too small the detector sees no more than a group.
  if (both.length === 0) return hints.length === 0 ? { faces: all } : { faces: all, far: FARTHEST }
  const least = leastOf([...both, ...hints], LARGER)
  if (least >= SMALL_FACE) return { faces: all }
  return { faces: all, far: least < TINY_FACE ? FARTHEST : FAR }
}

/** One look at a large side, in tiles, as far as the budget goes; the picture is not enlarged for it. */
export async function detectFar(
  detect: Detect,
  pyramid: Pyramid,
  side: number,
  budget: LookBudget,
): Promise<Detection[]> {
  const { width, height } = pyramid.picture
  let most = Math.min(side, Math.floor(Math.max(width, height) / stretchOf(pyramid.picture)))
  while (most > LARGER && !budget.covers(pixelsOf(pyramid, most))) most -= STEP
  return withoutDoubles(await lookAt(detect, pyramid, most, MIN_SCORE, (pixels) => budget.spend(pixels)))
}

/** One look at the first side, for a picture that is turned to see whether it is upright then. */
export async function detectAtOnce(detect: Detect, pyramid: Pyramid, budget: LookBudget): Promise<Detection[]> {
  return withoutDoubles(await lookAt(detect, pyramid, FIRST, MIN_SCORE, (pixels) => budget.spend(pixels)))
}

function facesOf(detections: Detection[]): Detection[] {
  return detections.filter(({ score }) => score >= MIN_SCORE)
}

function newOf(detections: Detection[], known: Detection[]): Detection[] {
  return detections.filter((detection) => !known.some((face) => coversMost(face, detection)))
}

/** One look at a side, in tiles, as long as `spend` grants their pixels. */
export async function lookAt(
  detect: Detect,
  pyramid: Pyramid,
  side: number,
  least: number,
  spend: (pixels: number) => boolean,
): Promise<Detection[]> {
  const longer = sideOf(pyramid, side)
  const whole = scaledTo(pyramid, longer)
  const scale = longer / Math.max(pyramid.picture.width, pyramid.picture.height)
  const found: Detection[] = []
  for (const tile of tilesOf(whole, STEP)) {
    if (!spend(tile.width * tile.height)) break
    const isWhole = ({ left, top, right, bottom }: Detection) =>
      showsWhole(tile, whole, { left: left * scale, top: top * scale, right: right * scale, bottom: bottom * scale })
    found.push(...(await detect(pyramid, { side: longer, tile }, least)).filter(isWhole))
  }
  return found
}

/** Pixels of all canvases of a look. */
function pixelsOf(pyramid: Pyramid, side: number): number {
  const tiles = tilesOf(scaledTo(pyramid, sideOf(pyramid, side)), STEP)
  return tiles.reduce((sum, { width, height }) => sum + width * height, 0)
}

function scaledTo({ picture: { width, height } }: Pyramid, longer: number): Size {
  const scaled = (length: number) => Math.max(1, Math.round((length * longer) / Math.max(width, height)))
  return { width: scaled(width), height: scaled(height) }
}

/** The side of the canvas in pixels. */
function sideOf({ picture }: Pyramid, side: number): number {
  return Math.round(side * stretchOf(picture))
}
