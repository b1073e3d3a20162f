import type { Picture, Pyramid } from './pyramid.ts'
import { type Size, warp } from './warp.ts'

/** A rectangle of a picture that was scaled, in its pixels. */
export interface Tile extends Size {
  left: number
  top: number
}

export interface CanvasOptions {
  /** Black to the left of the picture and above it, in parts of its longer side. */
  margin?: number
  /** The canvas is as small as the picture allows, in multiples of this; by default it is a square. */
  step?: number
  /** Only this part of the scaled picture. */
  tile?: Tile | undefined
}

export interface Canvas extends Picture {
  /** A point of the picture times `scale`, plus the offset, is the point of the canvas. */
  offset: { x: number; y: number }
  scale: number
}

/** The picture, scaled until its longer side has `side` pixels, on a black canvas. */
export function onCanvas(
  pyramid: Pyramid,
  side: number,
  { margin = 0, step = side, tile }: CanvasOptions = {},
): Canvas {
  const { picture } = pyramid
  const longer = Math.max(picture.width, picture.height)
  const scale = side / (longer * (1 + 2 * margin))
  const edge = margin * longer * scale
  const offset = tile ? { x: -tile.left, y: -tile.top } : { x: edge, y: edge }
  const size = tile ?? {
    width: Math.min(side, Math.ceil((picture.width * scale + 2 * edge) / step) * step),
    height: Math.min(side, Math.ceil((picture.height * scale + 2 * edge) / step) * step),
  }
  const toPicture = { a: 1 / scale, b: 0, x0: -offset.x / scale, y0: -offset.y / scale }
  return { data: warp(pyramid, toPicture, size), width: size.width, height: size.height, offset, scale }
}
