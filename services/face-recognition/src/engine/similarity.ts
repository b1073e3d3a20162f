/** In pixels from the upper left corner of a picture; the centre of its first pixel is (0.5, 0.5). */
export interface Point {
  x: number
  y: number
}

/** Turns, scales and shifts: (x, y) ↦ (a·x − b·y + x0, b·x + a·y + y0). Its scale is √(a² + b²). */
export interface Similarity {
  a: number
  b: number
  x0: number
  y0: number
}

export function apply({ a, b, x0, y0 }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + x0, y: b * x + a * y + y0 }
}

/** The similarity that brings `from` nearest to `to` by least squares; the lists have equal lengths of at least 2. */
export function fit(from: readonly Point[], to: readonly Point[]): Similarity {
  const start = mean(from)
  const end = mean(to)
  let dot = 0
  let cross = 0
  let square = 0
  for (const [i, point] of from.entries()) {
    const target = to[i] as Point
    const [x, y, u, v] = [point.x - start.x, point.y - start.y, target.x - end.x, target.y - end.y]
    dot += x * u + y * v
    cross += x * v - y * u
    square += x * x + y * y
  }
  const [a, b] = [dot / square, cross / square]
  return { a, b, x0: end.x - a * start.x + b * start.y, y0: end.y - b * start.x - a * start.y }
}

export function mean(points: readonly Point[]): Point {
  const sum = points.reduce((sum, { x, y }) => ({ x: sum.x + x, y: sum.y + y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}
