import { area, common } from '../detections.ts'
import type { Detection } from '../engine.ts'
import { STRIDES } from './graphs.ts'

/** Of two boxes on one canvas that share more of what they cover together, the one with the higher score counts. OpenCV's own value. */
const MAX_SHARED = 0.3

/**
 * What YuNet sees on a canvas of this width, in its pixels. Each point of its grids has a class and an object score and a box: its
 * centre, counted from the point, and the logarithm of its size, in steps of the grid. Its five landmarks follow a tilted head only by a
 * third of the tilt: they are not read. Source: OpenCV, modules/objdetect/src/face_detect.cpp.
 */
export function yunetDetections(outputs: Record<string, Float32Array>, width: number, leastScore: number): Detection[] {
  const found = STRIDES.flatMap((stride) => {
    const output = (name: string) => outputs[`${name}_${stride}`] as Float32Array
    const [classes, objects, boxes] = [output('cls'), output('obj'), output('bbox')]
    const columns = width / stride
    const seen: Detection[] = []
    for (let i = 0; i < classes.length; i++) {
      const score = Math.sqrt(Math.min(1, classes[i] as number) * Math.min(1, objects[i] as number))
      if (score < leastScore) continue
      const [column, row] = [i % columns, Math.floor(i / columns)]
      const [dx, dy, logWidth, logHeight] = boxes.subarray(4 * i, 4 * i + 4) as unknown as Four
      const centre = { x: (column + dx) * stride, y: (row + dy) * stride }
      const half = { x: (Math.exp(logWidth) * stride) / 2, y: (Math.exp(logHeight) * stride) / 2 }
      seen.push({
        left: centre.x - half.x,
        top: centre.y - half.y,
        right: centre.x + half.x,
        bottom: centre.y + half.y,
        score,
      })
    }
    return seen
  })
  const kept: Detection[] = []
  for (const detection of found.toSorted((one, other) => other.score - one.score))
    if (kept.every((other) => shared(detection, other) <= MAX_SHARED)) kept.push(detection)
  return kept
}

type Four = [number, number, number, number]

function shared(one: Detection, other: Detection): number {
  const both = common(one, other)
  return both / (area(one) + area(other) - both)
}
