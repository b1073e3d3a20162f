import { type Detection, MIN_SCORE } from './engine.ts'

/** Of two detections that share more than this part of the smaller one, only the one with the higher score counts. */
const MAX_COMMON = 0.5
/** Parts of an anchor's size that the net's numbers are counted in: centre and logarithm of the size. Source: TensorFlow's faster_rcnn_box_coder. */
const [CENTRE_SCALE, SIZE_SCALE] = [10, 5]

/**
 * What the detector found on a canvas. `boxes` has y, x, height and width of each anchor's face relative to the anchor, `scores` the logits,
 * `anchors` centre x and y, width and height in pixels.
 */
export function detectionsOf(
  boxes: Float32Array,
  scores: Float32Array,
  anchors: Float32Array,
  leastScore: number,
): Detection[] {
  const least = Math.log(leastScore / (1 - leastScore))
  const found: Detection[] = []
  for (const [i, logit] of scores.entries()) {
    if (logit < least) continue
    const [x, y, width, height] = anchors.subarray(4 * i, 4 * i + 4) as unknown as Four
    const [dy, dx, dHeight, dWidth] = boxes.subarray(4 * i, 4 * i + 4) as unknown as Four
    const centre = { x: x + (dx / CENTRE_SCALE) * width, y: y + (dy / CENTRE_SCALE) * height }
    const half = { x: (Math.exp(dWidth / SIZE_SCALE) * width) / 2, y: (Math.exp(dHeight / SIZE_SCALE) * height) / 2 }
    found.push({
      left: centre.x - half.x,
      top: centre.y - half.y,
      right: centre.x + half.x,
      bottom: centre.y + half.y,
      score: 1 / (1 + Math.exp(-logit)),
    })
  }
  return withoutDoubles(found)
}

type Four = [number, number, number, number]

/**
 * Each face once, by the better detection: in descending order of score each drops those that cover most of it, or that it covers most of.
 * What covers two smaller ones is no face but a group.
 */
export function withoutDoubles(detections: Detection[]): Detection[] {
  const kept: Detection[] = []
  const single = detections.filter((detection) => !isGroup(detection, detections))
  for (const detection of single.toSorted((one, other) => other.score - one.score))
    if (kept.every((other) => !coversMost(detection, other))) kept.push(detection)
  return kept
}

function isGroup(detection: Detection, others: Detection[]): boolean {
  const inside = others.filter(
    (other) => other.score >= MIN_SCORE && area(other) < area(detection) / 2 && coversMost(detection, other),
  )
  return inside.some((one) => inside.some((other) => other !== one && !coversMost(one, other)))
}

/** Whether two detections may be one face, of which one of them covers more. */
export function coversMost(one: Detection, other: Detection): boolean {
  return common(one, other) > MAX_COMMON * Math.min(area(one), area(other))
}

/** In square pixels. */
export function common(one: Detection, other: Detection): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return Math.max(0, width) * Math.max(0, height)
}

export function area({ left, top, right, bottom }: Detection): number {
  return (right - left) * (bottom - top)
}
