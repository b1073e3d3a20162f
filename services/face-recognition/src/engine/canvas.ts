import type { Picture, Pyramid } from './pyramid.ts'
import { warp } from './warp.ts'

export interface CanvasOptions {
  /** Black to the left of the picture and above it, in parts of its longer side. */
  margin?: number
  /** The canvas is as small as the picture allows, in multiples of this; by default it is a square. */
  step?: number
}

export interface Canvas extends Picture {
  /** A point of the picture times `scale`, plus `offset`, is the point of the canvas. */
  offset: number
  scale: number
}

/** The picture on a black canvas whose longer side has `side` pixels. */
export function onCanvas(pyramid: Pyramid, side: number, { margin = 0, step = side }: CanvasOptions = {}): Canvas {
  const { width, height } = pyramid.picture
  const longer = Math.max(width, height)
  const scale = side / (longer * (1 + 2 * margin))
  const offset = margin * longer * scale
  const fitted = (length: number) => Math.min(side, Math.ceil((length * scale + 2 * offset) / step) * step)
  const size = { width: fitted(width), height: fitted(height) }
  const toPicture = { a: 1 / scale, b: 0, x0: -offset / scale, y0: -offset / scale }
  return { data: warp(pyramid, toPicture, size), ...size, offset, scale }
}
