import { withoutDoubles } from './detections.ts'
import { type Detected, type Detection, type Engine, LANDMARK_SIZE } from './engine.ts'
import type { LookBudget } from './look-budget.ts'
import { type Picture, Pyramid } from './pyramid.ts'
import { squareAround } from './square-around.ts'
import { type Quarters, turned } from './turn.ts'

/** The picture is looked at closer when a face with this score shows on it turned. */
const TURNED_SCORE = 0.75
/** So many faces of a picture, the surest, tell which way up it is. */
const JUDGED = 4
/** Landmarks that fit the mean face as well as this (`misfit`) are those of an upright face. */
const FITTING = 4
/** Longer side in pixels of the copy that is turned for a look. */
const GLANCE_SIDE = 320

/** A picture turned upright, its faces, and by how many quarters it was turned. */
export interface Found {
  pyramid: Pyramid
  quarters: Quarters
  detections: Detection[]
}

export interface FindOptions {
  budget: LookBudget
  /** The longer side of the file in pixels. */
  originalSide: number
  /** A larger copy of the picture; undefined where there is none. */
  finer: () => Promise<Picture | undefined>
}

/** Where the faces of a picture are: as it stands first, turned when nothing convincing stands upright, then in more detail. */
export async function findFaces(engine: Engine, picture: Picture, options: FindOptions): Promise<Found> {
  const standing = new Pyramid(picture)
  const asItStands = await engine.detect(standing, options)
  const quarters = await turnOf(engine, standing, asItStands.faces, options.budget)
  const isTurned = quarters !== 0
  // On their side leaves or bricks may look like one large face, where there are far ones.
  const mayBeFar = asItStands.faces.length === 0 && asItStands.far !== undefined
  if (!isTurned || mayBeFar) {
    const found = await inDetail(engine, standing, asItStands, 0, options)
    const isRight = !isTurned || (await isUpright(engine, found.pyramid, found.detections))
    if (found.pyramid !== standing) (isRight ? standing : found.pyramid).release()
    if (isRight) return { ...found, quarters: 0 }
  }
  const upright = new Pyramid(turned(picture, quarters))
  standing.release()
  const found = await inDetail(engine, upright, await engine.detect(upright, options), quarters, options)
  if (found.pyramid !== upright) upright.release()
  return { ...found, quarters }
}

/** With the faces that only a far look shows, on a finer copy of the picture where there is one. */
async function inDetail(
  engine: Engine,
  pyramid: Pyramid,
  { faces, far }: Detected,
  quarters: Quarters,
  { budget, finer }: FindOptions,
): Promise<Omit<Found, 'quarters'>> {
  if (far === undefined) return { pyramid, detections: faces }
  // Decoding once more for looks that there is no time for would be in vain.
  const larger = budget.spend(0) ? await finer() : undefined
  const detailed = larger ? new Pyramid(turned(larger, quarters)) : pyramid
  const times = detailed.picture.width / pyramid.picture.width
  const seen = await engine.detectFar(detailed, far, budget)
  return { pyramid: detailed, detections: withoutDoubles([...faces.map((face) => scaled(face, times)), ...seen]) }
}

/** By how many quarters the picture has to be turned to be upright. */
async function turnOf(engine: Engine, pyramid: Pyramid, faces: Detection[], budget: LookBudget): Promise<Quarters> {
  if (await isUpright(engine, pyramid, faces)) return 0
  const { width, height } = pyramid.picture
  const { picture } = pyramid.nearest(Math.max(1, Math.max(width, height) / GLANCE_SIDE))
  let best: { quarters: Quarters; sum: number } = {
    quarters: 0,
    sum: (await uprightness(engine, pyramid, faces)) + engine.upright.more,
  }
  for (const quarters of [1, 2, 3] as const) {
    const glance = new Pyramid(turned(picture, quarters))
    const seen = await engine.detectAtOnce(glance, budget)
    if (!seen.some(({ score }) => score >= TURNED_SCORE)) continue
    const sum = await uprightness(engine, glance, seen)
    if (sum > best.sum) best = { quarters, sum }
  }
  return best.quarters
}

/** The detector sees many a face that stands on its head; the landmarks tell. */
async function isUpright(engine: Engine, pyramid: Pyramid, faces: Detection[]): Promise<boolean> {
  const { sure, likely } = engine.upright
  const [best] = surest(faces)
  if (!best || best.score < likely.score) return false
  const crop = squareAround(best)
  const { a, x0, y0 } = crop
  const upsideDown = { a: -a, b: 0, x0: x0 + a * LANDMARK_SIZE, y0: y0 + a * LANDMARK_SIZE }
  const [asItStands = 0, turned = 0] = await engine.misfits(pyramid, [crop, upsideDown])
  if (best.score >= sure.score) return asItStands <= sure.timesWorse * turned
  return asItStands <= likely.misfit && likely.timesBetter * asItStands <= turned
}

/** What the surest faces count, each less by as much as its landmarks do not fit. */
async function uprightness(engine: Engine, pyramid: Pyramid, faces: Detection[]): Promise<number> {
  const judged = surest(faces).slice(0, JUDGED)
  const unfit = await engine.misfits(pyramid, judged.map(squareAround))
  const { weight } = engine.upright
  return judged.reduce(
    (sum, { score }, i) => sum + (weight(score) * FITTING) / Math.max(FITTING, unfit[i] as number),
    0,
  )
}

function surest(faces: Detection[]): Detection[] {
  return faces.toSorted((one, other) => other.score - one.score)
}

function scaled({ left, top, right, bottom, score }: Detection, times: number): Detection {
  return { left: left * times, top: top * times, right: right * times, bottom: bottom * times, score }
}
