import type { Tile } from './canvas.ts'
import type { Detection } from './engine.ts'
import type { Size } from './warp.ts'

/** The detector's memory grows with its canvas, 280 MB for 1600 × 1200: a larger picture is cut into tiles of at most this side. */
const MOST_SIDE = 704
/** Neighbours share so many pixels: a small face that one of them cuts lies whole in the other. */
const OVERLAP = 64
/** A box that ends so near to a cut is a part of a face. */
const CUT = 4

/** Tiles, whose sides are multiples of `step`, that cover a picture of this size. */
export function tilesOf({ width, height }: Size, step: number): Tile[] {
  const [columns, rows] = [spansOf(width, step), spansOf(height, step)]
  return rows.flatMap((row) =>
    columns.map((column) => ({ left: column.start, top: row.start, width: column.length, height: row.length })),
  )
}

/** Spans of one length from 0 to `length`, evenly spread. */
function spansOf(length: number, step: number): { start: number; length: number }[] {
  const count = Math.max(1, Math.ceil((length - OVERLAP) / (MOST_SIDE - OVERLAP)))
  const span = Math.ceil((length + (count - 1) * OVERLAP) / count / step) * step
  const apart = count > 1 ? (length - span) / (count - 1) : 0
  return Array.from({ length: count }, (_, i) => ({ start: Math.round(i * apart), length: span }))
}

/** Whether the tile shows all of a face, whose edges are counted from the corner of the scaled picture: it does not end at a cut. */
export function showsWhole({ left, top, width, height }: Tile, whole: Size, face: Omit<Detection, 'score'>): boolean {
  return (
    (left <= 0 || face.left > left + CUT) &&
    (top <= 0 || face.top > top + CUT) &&
    (left + width >= whole.width || face.right < left + width - CUT) &&
    (top + height >= whole.height || face.bottom < top + height - CUT)
  )
}
