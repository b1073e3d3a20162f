import { type Aligned, type Detection, LANDMARK_SIZE, type LandmarkEngine } from './engine.ts'
import { spreadContrast } from './levels.ts'
import type { Pyramid } from './pyramid.ts'
import { apply, mean, type Point, type Similarity } from './similarity.ts'
import { squareAround } from './square-around.ts'
import { CHIP_SIZE, misfit, uprightChip } from './upright-chip.ts'
import { warp } from './warp.ts'

/** Sides of the upright crops of the further landmark passes, as parts of the extent of the last landmarks. */
const REFINEMENTS = [1.1, 1.2, 1.1, 1.2, 1.1, 1.2]
/** Further passes that every face gets; the mean of as many last ones counts. */
const PASSES = 2
/** A face gets a further pass when the last one turned it by more than this, as it does where the head lies on its side. */
const SETTLED_DEGREES = 5

type Net = LandmarkEngine['landmarks']
type ByLandmarks = Pick<LandmarkEngine, 'landmarks' | 'misfits' | 'align' | 'chipSize'>

interface Chip {
  /** The way from the upright chip into the picture that the 68 landmarks were found in. */
  chipOf: (landmarks: readonly Point[]) => Similarity
  /** Its side in pixels. */
  chipSize: number
}

const DLIB: Chip = { chipOf: uprightChip, chipSize: CHIP_SIZE }

/** What an engine has that sees 68 landmarks in an upright crop. */
export function byLandmarks(landmarks: Net, { chipOf, chipSize } = DLIB): ByLandmarks {
  return {
    landmarks,
    misfits: async (pyramid, squares) => {
      const found = await landmarks(squares.map((square) => warp(pyramid, square, LANDMARK_SIZE)))
      return found.map((points) => misfit(points))
    },
    align: async (pyramid, detections) => {
      const found = await landmarksOf(landmarks, pyramid, detections)
      return found.map((points): Aligned => ({ points, chip: chipOf(points) }))
    },
    chipSize,
  }
}

/**
 * The landmark net was trained on upright faces and is unsure about tilted ones. So its first pass, in the box of the detector, only tells
 * the tilt. Two further passes follow, each in a crop that is turned upright by the landmarks of the pass before; the mean of these two
 * counts. Measured on tilted copies of faces, their embeddings are half as far from the upright one as with the mean of all three passes.
 * A head that lies on its side needs more passes until its tilt is known.
 */
async function landmarksOf(net: Net, pyramid: Pyramid, detections: Detection[]): Promise<Point[][]> {
  const first = await landmarksIn(net, pyramid, detections.map(squareAround))
  const passes = first.map((points) => [points])
  for (const [pass, part] of REFINEMENTS.entries()) {
    const open = passes.filter((seen) => pass < PASSES || isTurning(seen))
    if (open.length === 0) break
    const crops = open.map((seen) => uprightSquare(seen.at(-1) as Point[], part))
    for (const [face, points] of (await landmarksIn(net, pyramid, crops)).entries()) open[face]?.push(points)
  }
  return passes.map((seen) => {
    const last = seen.slice(-PASSES)
    return (last[0] as Point[]).map((_, i) => mean(last.map((points) => points[i] as Point)))
  })
}

function isTurning(passes: Point[][]): boolean {
  const [before, after] = passes.slice(-2).map((points) => uprightChip(points)) as [Similarity, Similarity]
  const turn = Math.atan2(before.a * after.b - before.b * after.a, before.a * after.a + before.b * after.b)
  return Math.abs(turn) > (SETTLED_DEGREES * Math.PI) / 180
}

async function landmarksIn(net: Net, pyramid: Pyramid, crops: Similarity[]): Promise<Point[][]> {
  const found = await net(crops.map((crop) => spreadContrast(warp(pyramid, crop, LANDMARK_SIZE))))
  return found.map((points, i) => points.map((point) => apply(crops[i] as Similarity, point)))
}

/** A square around the landmarks whose upper edge is parallel to the line that the eyes lie on. */
function uprightSquare(landmarks: Point[], part: number): Similarity {
  const { a, b } = uprightChip(landmarks)
  const turn = { cos: a / Math.hypot(a, b), sin: b / Math.hypot(a, b) }
  const xs = landmarks.map(({ x, y }) => turn.cos * x + turn.sin * y)
  const ys = landmarks.map(({ x, y }) => turn.cos * y - turn.sin * x)
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const side = Math.max(right - left, bottom - top) * part
  const scale = side / LANDMARK_SIZE
  const corner = { x: (left + right - side) / 2, y: (top + bottom - side) / 2 }
  const { x: x0, y: y0 } = apply({ a: turn.cos, b: turn.sin, x0: 0, y0: 0 }, corner)
  return { a: scale * turn.cos, b: scale * turn.sin, x0, y0 }
}
