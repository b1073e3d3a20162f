import type { Picture, Pyramid } from './pyramid.ts'
import type { Similarity } from './similarity.ts'

export interface Size {
  width: number
  height: number
}

/**
 * A picture of that size, or a square of that side, in pixels (RGB), whose pixel p shows what lies at `toPicture`(p). Where it shrinks, it samples a smaller copy of
 * the picture, which costs a fifth of taking the mean of many samples; outside the picture it is black.
 */
export function warp(pyramid: Pyramid, { a, b, x0, y0 }: Similarity, size: Size | number): Uint8Array {
  const { picture, times } = pyramid.nearest(Math.hypot(a, b))
  return sample(picture, { a: a / times, b: b / times, x0: x0 / times, y0: y0 / times }, sizeOf(size))
}

function sizeOf(size: Size | number): Size {
  return typeof size === 'number' ? { width: size, height: size } : size
}

function sample(picture: Picture, { a, b, x0, y0 }: Similarity, size: Size): Uint8Array {
  const { data, width, height } = picture
  const stride = width * 3
  const out = new Uint8Array(size.width * size.height * 3)
  let at = 0
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      // Counted from the centre of the first pixel.
      const u = a * (column + 0.5) - b * (row + 0.5) + x0 - 0.5
      const v = b * (column + 0.5) + a * (row + 0.5) + y0 - 0.5
      const left = Math.floor(u)
      const top = Math.floor(v)
      const right = u - left
      const below = v - top
      if (left >= 0 && top >= 0 && left + 1 < width && top + 1 < height) {
        let from = top * stride + left * 3
        for (const end = from + 3; from < end; from++) {
          const above = (data[from] as number) * (1 - right) + (data[from + 3] as number) * right
          const under = (data[from + stride] as number) * (1 - right) + (data[from + stride + 3] as number) * right
          out[at++] = above * (1 - below) + under * below + 0.5
        }
      } else {
        for (let channel = 0; channel < 3; channel++)
          out[at++] = atEdge(picture, left, top, right, below, channel) + 0.5
      }
    }
  }
  return out
}

/** Of the four pixels around a point, those that exist. */
function atEdge(
  { data, width, height }: Picture,
  left: number,
  top: number,
  right: number,
  below: number,
  channel: number,
): number {
  let sum = 0
  for (let corner = 0; corner < 4; corner++) {
    const x = left + (corner & 1)
    const y = top + (corner >> 1)
    if (x < 0 || y < 0 || x >= width || y >= height) continue
    const part = (corner & 1 ? right : 1 - right) * (corner >> 1 ? below : 1 - below)
    sum += part * (data[(y * width + x) * 3 + channel] as number)
  }
  return sum
}
