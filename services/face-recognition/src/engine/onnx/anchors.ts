import type { Tensor } from '../weights.ts'

/** The anchors that are stored belong to a square of this side; each level is a square of cells, each cell has several shapes. */
const STORED_SIZE = 512
const LEVELS = [
  { cells: 32, shapes: 3 },
  { cells: 16, shapes: 6 },
  { cells: 8, shapes: 6 },
  { cells: 4, shapes: 6 },
  { cells: 2, shapes: 6 },
  { cells: 1, shapes: 6 },
]
/** Distance in pixels of the cells of the first level; each further one has twice that. */
const STEP = 16

/**
 * Centre x and y, width and height in pixels of every anchor on a canvas (multiples of 64), in the order of the detector's outputs. An anchor
 * keeps its size in pixels whatever the canvas: the layers see pixels, not pictures.
 */
export function anchorsOn(width: number, height: number, stored: Tensor): Float32Array {
  const anchors: number[] = []
  let [columns, rows, first] = [width / STEP, height / STEP, 0]
  for (const [level, { cells, shapes }] of LEVELS.entries()) {
    const step = STEP * 2 ** level
    const sizes = Array.from({ length: shapes }, (_, shape) => sizeOf(stored.data, first + shape))
    first += cells * cells * shapes
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (const size of sizes) anchors.push((column + 0.5) * step, (row + 0.5) * step, ...size)
    columns = Math.ceil(columns / 2)
    rows = Math.ceil(rows / 2)
  }
  return Float32Array.from(anchors)
}

/** Stored are top, left, bottom and right as parts of the side. */
function sizeOf(stored: Float32Array, anchor: number): [width: number, height: number] {
  const [top, left, bottom, right] = stored.subarray(anchor * 4, anchor * 4 + 4) as unknown as number[]
  return [((right as number) - (left as number)) * STORED_SIZE, ((bottom as number) - (top as number)) * STORED_SIZE]
}
