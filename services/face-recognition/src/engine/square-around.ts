import { type Detection, LANDMARK_SIZE } from './engine.ts'
import type { Similarity } from './similarity.ts'

/** The way from the crop that the landmark net looks at into the picture: a square with the detection in its middle. */
export function squareAround({ left, top, right, bottom }: Detection): Similarity {
  const side = Math.max(right - left, bottom - top)
  return { a: side / LANDMARK_SIZE, b: 0, x0: (left + right - side) / 2, y0: (top + bottom - side) / 2 }
}
