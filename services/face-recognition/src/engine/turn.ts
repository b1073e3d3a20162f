import type { Picture } from './pyramid.ts'
import type { Box } from './recogniser.ts'

/** So many quarters of a turn clockwise. */
export type Quarters = 0 | 1 | 2 | 3

/** The picture turned. */
export function turned(picture: Picture, quarters: Quarters): Picture {
  if (quarters === 0) return picture
  const { data, width, height } = picture
  const size = quarters === 2 ? { width, height } : { width: height, height: width }
  // Where the first pixel comes from, and how far the next one in a row and the next row are from there.
  const [first, right, down] = {
    1: [(height - 1) * width, -width, 1],
    2: [height * width - 1, -1, -width],
    3: [width - 1, width, -1],
  }[quarters] as [number, number, number]
  const out = new Uint8Array(data.length)
  let at = 0
  for (let y = 0; y < size.height; y++) {
    let from = (first + y * down) * 3
    for (let x = 0; x < size.width; x++, from += right * 3) {
      out[at++] = data[from] as number
      out[at++] = data[from + 1] as number
      out[at++] = data[from + 2] as number
    }
  }
  return { data: out, ...size }
}

/** A box of the turned picture as it lies in the picture that was turned. */
export function turnedBack({ x, y, width, height }: Box, quarters: Quarters): Box {
  switch (quarters) {
    case 0:
      return { x, y, width, height }
    case 1:
      return { x: y, y: 1 - x - width, width: height, height: width }
    case 2:
      return { x: 1 - x - width, y: 1 - y - height, width, height }
    case 3:
      return { x: 1 - y - height, y: x, width: height, height: width }
  }
}
