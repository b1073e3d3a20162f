import { type DecodeOptions, decode, FINER_SIDE } from './decode.ts'
import { type Detection, type Engine, LANDMARK_SIZE } from './engine.ts'
import { type Found, findFaces } from './find-faces.ts'
import { LookBudget } from './look-budget.ts'
import { type Picture, Pyramid } from './pyramid.ts'
import type { Box, Described, Face } from './recogniser.ts'
import { apply, mean, type Point, type Similarity } from './similarity.ts'
import { squareAround } from './square-around.ts'
import type { Area } from './truncated-jpeg.ts'
import { turnedBack } from './turn.ts'
import { CHIP_SIZE, uprightChip } from './upright-chip.ts'
import { warp } from './warp.ts'

/** The most faces of one picture that are described where nothing else is said, the largest. */
const MAX_FACES = 64
/** How many go through a net at once. */
const BATCH = 4

/** Sides of the upright crops of the further landmark passes, as parts of the extent of the last landmarks. */
const REFINEMENTS = [1.1, 1.2, 1.1, 1.2, 1.1, 1.2]
/** Further passes that every face gets; the mean of as many last ones counts. */
const PASSES = 2
/** A face gets a further pass when the last one turned it by more than this, as it does where the head lies on its side. */
const SETTLED_DEGREES = 5

export interface DescribeOptions extends DecodeOptions {
  /** The most faces that are described; the result says how many more there are. */
  maxFaces?: number | undefined
  /** After so many milliseconds the detector looks no further. */
  withinMs?: number | undefined
}

export interface Staged extends Described {
  /** Seconds that each stage took. */
  seconds: Record<'decode' | 'detect' | 'landmarks' | 'descriptors', number>
}

/** Everything from the bytes of a file to the embeddings of its faces, largest first. Throws ImageUnreadableError. */
export async function describe(
  engine: Engine,
  bytes: Uint8Array,
  { maxFaces = MAX_FACES, withinMs, ...options }: DescribeOptions = {},
): Promise<Staged> {
  const clock = stopwatch()
  const { picture, width, height, came } = await decode(bytes, options)
  const decodeSeconds = clock()
  const budget = new LookBudget({ withinMs })
  const originalSide = Math.max(width, height)
  const isFinest = came !== undefined || originalSide <= Math.max(picture.width, picture.height)
  const finer = async () => (isFinest ? undefined : (await decode(bytes, { maxSide: FINER_SIDE })).picture)
  const {
    pyramid,
    quarters,
    detections: found,
  } = came
    ? await findAsItStands(engine, picture, came, budget)
    : await findFaces(engine, picture, { budget, originalSide, finer })
  const all = largestFirst(found, pyramid.picture)
  const detections = all.slice(0, maxFaces)
  const detectSeconds = clock()
  const landmarks = await inBatches(detections, (batch) => landmarksOf(engine, pyramid, batch))
  const kept = withoutSameLandmarks(detections, landmarks)
  const landmarkSeconds = clock()
  const descriptors = await inBatches(kept, (batch) =>
    engine.descriptors(batch.map(({ points }) => warp(pyramid, uprightChip(points), CHIP_SIZE))),
  )
  const size = pyramid.picture
  pyramid.release()
  const seconds = { decode: decodeSeconds, detect: detectSeconds, landmarks: landmarkSeconds, descriptors: clock() }
  const faces = kept.map(
    ({ detection }, i): Face => ({
      box: turnedBack(boxIn(size, detection), quarters),
      score: detection.score,
      descriptor: descriptors[i] as Float32Array,
    }),
  )
  const moreFaces = all.length - detections.length
  return {
    width,
    height,
    faces,
    seconds,
    ...(came && { truncated: true }),
    ...(budget.incomplete && { incomplete: true }),
    ...(moreFaces > 0 && { moreFaces }),
  }
}

/** Of a picture of which only a part came: the faces there. Neither is there a larger copy of it, nor can it be told which way up it is. */
async function findAsItStands(engine: Engine, picture: Picture, came: Area, budget: LookBudget): Promise<Found> {
  const pyramid = new Pyramid(picture)
  const { faces } = await engine.detect(pyramid, { budget, originalSide: Math.max(picture.width, picture.height) })
  return { pyramid, quarters: 0, detections: faces.filter((detection) => liesIn(came, detection)) }
}

function boxIn({ width, height }: Picture, { left, top, right, bottom }: Detection): Box {
  return { x: left / width, y: top / height, width: (right - left) / width, height: (bottom - top) / height }
}

/** Runs every net once, so that the first picture does not wait for what a net sets up in its first run. */
export async function warmUp(engine: Engine): Promise<void> {
  const grey = (pixels: number) => new Uint8Array(pixels * 3).fill(128)
  await engine.detectAtOnce(new Pyramid({ data: grey(WIDE.width * WIDE.height), ...WIDE }), new LookBudget())
  await engine.landmarks([grey(LANDMARK_SIZE ** 2)])
  await engine.descriptors([grey(CHIP_SIZE ** 2)])
}

/** Size in pixels of the picture for the warm-up: the least that photos usually need, since a net keeps the memory of its largest input. */
const WIDE = { width: 320, height: 192 }

function largestFirst(detections: Detection[], { width, height }: Picture): Detection[] {
  const area = ({ left, top, right, bottom }: Detection) => (right - left) * (bottom - top)
  return detections
    .map(({ left, top, right, bottom, score }) => ({
      left: Math.max(0, left),
      top: Math.max(0, top),
      right: Math.min(width, right),
      bottom: Math.min(height, bottom),
      score,
    }))
    .filter(({ left, top, right, bottom }) => right - left >= 1 && bottom - top >= 1)
    .sort((one, other) => area(other) - area(one))
}

/** A face with less of its box inside the part that came is left out: the rest of it is filled up, not photographed. */
const PART_OF_FACE = 0.9

function liesIn(area: Area, { left, top, right, bottom }: Detection): boolean {
  const width = Math.min(right, area.right) - Math.max(left, area.left)
  const height = Math.min(bottom, area.bottom) - Math.max(top, area.top)
  return width > 0 && height > 0 && width * height >= PART_OF_FACE * (right - left) * (bottom - top)
}

/**
 * The landmark net was trained on upright faces and is unsure about tilted ones. So its first pass, in the box of the detector, only tells
 * the tilt. Two further passes follow, each in a crop that is turned upright by the landmarks of the pass before; the mean of these two
 * counts. Measured on tilted copies of faces, their embeddings are half as far from the upright one as with the mean of all three passes.
 * A head that lies on its side needs more passes until its tilt is known.
 */
async function landmarksOf(engine: Engine, pyramid: Pyramid, detections: Detection[]): Promise<Point[][]> {
  const first = await landmarksIn(engine, pyramid, detections.map(squareAround))
  const passes = first.map((points) => [points])
  for (const [pass, part] of REFINEMENTS.entries()) {
    const open = passes.filter((seen) => pass < PASSES || isTurning(seen))
    if (open.length === 0) break
    const crops = open.map((seen) => uprightSquare(seen.at(-1) as Point[], part))
    for (const [face, points] of (await landmarksIn(engine, pyramid, crops)).entries()) open[face]?.push(points)
  }
  return passes.map((seen) => {
    const last = seen.slice(-PASSES)
    return (last[0] as Point[]).map((_, i) => mean(last.map((points) => points[i] as Point)))
  })
}

/** Faces whose landmarks lie nearer to each other than this part of the size of the smaller are one face. */
const SAME_LANDMARKS = 0.3

/** Of two boxes with the landmarks of one face only the better one. */
function withoutSameLandmarks(
  detections: Detection[],
  landmarks: Point[][],
): { detection: Detection; points: Point[] }[] {
  const faces = detections.map((detection, i) => {
    const points = landmarks[i] as Point[]
    const { a, b } = uprightChip(points)
    return { detection, points, middle: mean(points), size: Math.hypot(a, b) * CHIP_SIZE }
  })
  type Seen = (typeof faces)[number]
  const isSame = (one: Seen, other: Seen) =>
    Math.hypot(one.middle.x - other.middle.x, one.middle.y - other.middle.y) <
    SAME_LANDMARKS * Math.min(one.size, other.size)
  return faces.filter(
    (face) =>
      !faces.some((other) => other !== face && other.detection.score > face.detection.score && isSame(face, other)),
  )
}

function isTurning(passes: Point[][]): boolean {
  const [before, after] = passes.slice(-2).map((points) => uprightChip(points)) as [Similarity, Similarity]
  const turn = Math.atan2(before.a * after.b - before.b * after.a, before.a * after.a + before.b * after.b)
  return Math.abs(turn) > (SETTLED_DEGREES * Math.PI) / 180
}

async function landmarksIn(engine: Engine, pyramid: Pyramid, crops: Similarity[]): Promise<Point[][]> {
  const found = await engine.landmarks(crops.map((crop) => warp(pyramid, crop, LANDMARK_SIZE)))
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

async function inBatches<T, R>(items: T[], work: (batch: T[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += BATCH) results.push(...(await work(items.slice(at, at + BATCH))))
  return results
}

/** Each call gives the seconds since the last one. */
function stopwatch(): () => number {
  let last = performance.now()
  return () => {
    const seconds = (performance.now() - last) / 1000
    last += seconds * 1000
    return seconds
  }
}
