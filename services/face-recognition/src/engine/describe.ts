import { type DecodeOptions, decode, FINER_SIDE } from './decode.ts'
import type { Aligned, Detection, Engine } from './engine.ts'
import { type Found, findFaces } from './find-faces.ts'
import { LookBudget } from './look-budget.ts'
import { type Picture, Pyramid } from './pyramid.ts'
import { qualityOf } from './quality.ts'
import type { Box, Described, Face } from './recogniser.ts'
import { mean } from './similarity.ts'
import type { Area } from './truncated-jpeg.ts'
import { turnedBack } from './turn.ts'
import { CHIP_SIZE, uprightChip } from './upright-chip.ts'
import { warp } from './warp.ts'

/** The most faces of one picture that are described where nothing else is said, the largest. */
const MAX_FACES = 64
/** How many go through a net at once. */
const BATCH = 4

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
  const aligned = await inBatches(detections, (batch) => engine.align(pyramid, batch))
  const kept = withoutSameLandmarks(detections, aligned, engine.chipSize)
  const landmarkSeconds = clock()
  const descriptions = await inBatches(kept, async (batch) => {
    const chips = batch.map(({ chip }) => warp(pyramid, chip, engine.chipSize))
    // Before the engine gets the chips, which are its own then.
    const qualities = batch.map(({ points }, i) => {
      const upright = uprightChip(points)
      // Most engines look at that chip.
      const pixels = engine.chipSize === CHIP_SIZE ? (chips[i] as Uint8Array) : warp(pyramid, upright, CHIP_SIZE)
      return qualityOf(pixels, Math.hypot(upright.a, upright.b))
    })
    const descriptors = await engine.descriptors(chips)
    return descriptors.map((descriptor, i) => ({ descriptor, quality: qualities[i] as number }))
  })
  const size = pyramid.picture
  pyramid.release()
  const seconds = { decode: decodeSeconds, detect: detectSeconds, landmarks: landmarkSeconds, descriptors: clock() }
  const faces = kept.map(
    ({ detection }, i): Face => ({
      box: turnedBack(boxIn(size, detection), quarters),
      score: detection.score,
      ...(descriptions[i] as Pick<Face, 'descriptor' | 'quality'>),
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
  const pyramid = new Pyramid({ data: grey(WIDE.width * WIDE.height), ...WIDE })
  await engine.detectAtOnce(pyramid, new LookBudget())
  await engine.misfits(pyramid, [{ a: 1, b: 0, x0: 0, y0: 0 }])
  await engine.descriptors([grey(engine.chipSize ** 2)])
}

/** Size in pixels of the picture for the warm-up: the least that photos usually need, since a net keeps the memory of its largest input. */
const WIDE = { width: 320, height: 192 }

function largestFirst(detections: Detection[], { width, height }: Picture): Detection[] {
  const area = ({ left, top, right, bottom }: Detection) => (right - left) * (bottom - top)
  return detections
    .map((detection) => ({
      ...detection,
      left: Math.max(0, detection.left),
      top: Math.max(0, detection.top),
      right: Math.min(width, detection.right),
      bottom: Math.min(height, detection.bottom),
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

/** Faces whose landmarks lie nearer to each other than this part of the size of the smaller are one face. */
const SAME_LANDMARKS = 0.3

/** Of two boxes with the landmarks of one face only the better one. */
function withoutSameLandmarks(
  detections: Detection[],
  aligned: Aligned[],
  chipSize: number,
): ({ detection: Detection } & Aligned)[] {
  const faces = detections.map((detection, i) => {
    const { points, chip } = aligned[i] as Aligned
    return { detection, points, chip, middle: mean(points), size: Math.hypot(chip.a, chip.b) * chipSize }
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
