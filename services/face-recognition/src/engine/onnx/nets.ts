import { release } from '../../memory.ts'
import { onCanvas } from '../canvas.ts'
import { type Detect, STEP } from '../cascade.ts'
import { type Detection, LANDMARK_SIZE } from '../engine.ts'
import { applyLevels, levelsOf } from '../levels.ts'
import type { Pyramid } from '../pyramid.ts'
import type { Point } from '../similarity.ts'
import type { ModelName } from '../weights.ts'
import type { ModelFiles } from './model-files.ts'
import type { Graphs } from './models.ts'
import { openOptimised, openSession, type Session } from './session.ts'

/** The longer side of a canvas whose memory is kept: the first look at nearly every photo. */
const SMALL_CANVAS = 320

/** The detector has one session for small canvases and one for large ones. */
export type Nets = Record<'small' | 'large' | 'landmarks' | 'descriptors', Session>
type Outputs = Record<string, Float32Array>

export async function openFiles(files: ModelFiles): Promise<Nets> {
  const kept = { keepsMemory: true }
  // Of a large canvas it would keep 20 to 40 MB; getting it anew for a small one takes as long as the work itself.
  const [small, large] = await openOptimised(files.detector, [kept, {}])
  const [landmarks] = await openOptimised(files.landmarks, [kept])
  const [descriptors] = await openOptimised(files.descriptors, [kept])
  return { small, large, landmarks, descriptors }
}

export async function openGraphs(graphs: Graphs): Promise<Nets> {
  const open = async (name: ModelName) => await openSession(graphs[name]())
  const detector = await open('detector')
  return {
    small: detector,
    large: detector,
    landmarks: await open('landmarks'),
    descriptors: await open('descriptors'),
  }
}

export async function closeNets(nets: Nets): Promise<void> {
  for (const { close } of new Set(Object.values(nets))) await close()
}

/** What the detector's outputs say of a canvas, in its pixels. */
export type ReadDetections = (outputs: Outputs, canvas: { width: number; height: number }, least: number) => Detection[]

/** The detector for one picture, with its levels stretched where that helps. */
export function detectorFor(nets: Nets, read: ReadDetections, pyramid: Pyramid): Detect {
  const levels = levelsOf(pyramid)
  return async (pyramid, { side, tile }, least) => {
    const { data, width, height, offset, scale } = onCanvas(pyramid, side, { step: STEP, tile })
    if (levels) applyLevels(data, levels)
    const detector = Math.max(width, height) <= SMALL_CANVAS ? nets.small : nets.large
    const outputs = await detector.run({ image: { data, shape: [1, height, width, 3] } })
    const found = read(outputs, { width, height }, least)
    for (const used of [data, ...Object.values(outputs)]) release(used)
    return found.map(({ left, top, right, bottom, score }) => ({
      left: (left - offset.x) / scale,
      top: (top - offset.y) / scale,
      right: (right - offset.x) / scale,
      bottom: (bottom - offset.y) / scale,
      score,
    }))
  }
}

/** 68 landmarks in each square crop of LANDMARK_SIZE pixels, in its pixels. */
export async function landmarksIn({ landmarks }: Nets, crops: Uint8Array[]): Promise<Point[][]> {
  const found = await oneByOne(landmarks, crops, LANDMARK_SIZE, 'points')
  return found.map((pairs) =>
    Array.from({ length: pairs.length / 2 }, (_, i) => ({
      x: (pairs[2 * i] as number) * LANDMARK_SIZE,
      y: (pairs[2 * i + 1] as number) * LANDMARK_SIZE,
    })),
  )
}

/** Runs a net on each square and frees the square. One by one: a batch needs more memory and does not fit the CPU cache. */
export async function oneByOne(
  net: Session,
  squares: Uint8Array[],
  side: number,
  output: string,
): Promise<Float32Array[]> {
  const found: Float32Array[] = []
  for (const data of squares) {
    const outputs = await net.run({ image: { data, shape: [1, side, side, 3] } })
    const numbers = outputs[output] as Float32Array
    found.push(numbers.slice())
    for (const used of [data, numbers]) release(used)
  }
  return found
}
