import { area, common } from '../detections.ts'
import type { Detection } from '../engine.ts'
import { STRIDES } from './graphs.ts'

/** A detection of YuNet has always its five points. */
export type YunetDetection = Required<Detection>

/** Of two boxes on one canvas that share more of what they cover together, the one with the higher score counts. OpenCV's own value. */
const MAX_SHARED = 0.3

/**
 * What YuNet sees on a canvas of this width, in its pixels. Each point of its grids has a class and an object score, a box (centre from
 * the point and logarithm of the size) and five points, in steps of the grid. Source: OpenCV, modules/objdetect/src/face_detect.cpp.
 */
export function yunetDetections(
  outputs: Record<string, Float32Array>,
  width: number,
  leastScore: number,
): YunetDetection[] {
  const found = STRIDES.flatMap((stride) => {
    const output = (name: string) => outputs[`${name}_${stride}`] as Float32Array
    const [classes, objects, boxes, points] = [output('cls'), output('obj'), output('bbox'), output('kps')]
    const columns = width / stride
    const seen: YunetDetection[] = []
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
        points: Array.from({ length: 5 }, (_, point) => ({
          x: (column + (points[10 * i + 2 * point] as number)) * stride,
          y: (row + (points[10 * i + 2 * point + 1] as number)) * stride,
        })),
      })
    }
    return seen
  })
  const kept: YunetDetection[] = []
  for (const detection of found.toSorted((one, other) => other.score - one.score))
    if (kept.every((other) => shared(detection, other) <= MAX_SHARED)) kept.push(detection)
  return kept
}

type Four = [number, number, number, number]

function shared(one: Detection, other: Detection): number {
  const both = common(one, other)
  return both / (area(one) + area(other) - both)
}
