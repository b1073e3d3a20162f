import type { Similarity } from './similarity.ts'

/** 8-bit RGB without padding: width × height × 3 bytes, row by row. */
export interface Picture {
  data: Uint8Array
  width: number
  height: number
}

/** More samples than this per pixel and side cost more than they change. */
const MAX_SAMPLES = 8

/**
 * A square of `size` × `size` pixels (RGB) whose pixel p shows what lies at `toPicture`(p). Where it shrinks, every pixel is the mean of
 * evenly spread bilinear samples, one per picture pixel; outside the picture it is black.
 */
export function warp({ data, width, height }: Picture, toPicture: Similarity, size: number): Uint8Array {
  const { a, b, x0, y0 } = toPicture
  const samples = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(Math.hypot(a, b) - 0.01)))
  const weight = 1 / (samples * samples)
  const out = new Uint8Array(size * size * 3)
  const sum = new Float64Array(3)
  let at = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      sum.fill(0)
      for (let sample = 0; sample < samples * samples; sample++) {
        const x = column + ((sample % samples) + 0.5) / samples
        const y = row + (Math.floor(sample / samples) + 0.5) / samples
        addBilinear(sum, data, width, height, a * x - b * y + x0 - 0.5, b * x + a * y + y0 - 0.5)
      }
      for (let channel = 0; channel < 3; channel++) out[at++] = (sum[channel] as number) * weight + 0.5
    }
  }
  return out
}

/** Adds the colour at (u, v), counted from the centre of the first pixel. */
function addBilinear(sum: Float64Array, data: Uint8Array, width: number, height: number, u: number, v: number): void {
  const left = Math.floor(u)
  const top = Math.floor(v)
  const right = u - left
  const below = v - top
  for (let corner = 0; corner < 4; corner++) {
    const x = left + (corner & 1)
    const y = top + (corner >> 1)
    if (x < 0 || y < 0 || x >= width || y >= height) continue
    const part = (corner & 1 ? right : 1 - right) * (corner >> 1 ? below : 1 - below)
    const pixel = (y * width + x) * 3
    for (let channel = 0; channel < 3; channel++)
      sum[channel] = (sum[channel] as number) + part * (data[pixel + channel] as number)
  }
}
