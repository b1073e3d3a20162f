const BITS = 20
/** Two cells of a known colour at either end tell a strip from any other picture. */
const ENDS = 2
const CELLS = BITS + 2 * ENDS

/** Of the picture's height. */
export const STRIP_HEIGHT = 1 / 30
/** The row to read, in heights of the picture from the top: the middle of the strip. */
export const STRIP_ROW = STRIP_HEIGHT / 2
/** The milliseconds after which a strip begins again at 0. */
export const stripModulus = 2 ** BITS

/** Part of a strip, in pixels from the left. */
export interface Cell {
  x: number
  width: number
  /** The power of two that it stands for; absent: it is always white. */
  bit?: number
}

/** The cells that may be white in a picture that many pixels wide; all others are black. */
export function stripCells(width: number): Cell[] {
  const left = (index: number) => Math.round((index * width) / CELLS)
  const cell = (index: number) => ({ x: left(index), width: left(index + 1) - left(index) })
  const bits = Array.from({ length: BITS }, (_, index) => ({ ...cell(ENDS + index), bit: BITS - 1 - index }))
  return [cell(0), ...bits, cell(CELLS - 1)]
}
