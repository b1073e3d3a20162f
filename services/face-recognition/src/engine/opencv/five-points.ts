import { apply, fit, type Point, type Similarity } from '../similarity.ts'
import { CHIP_SIZE } from './graphs.ts'

/**
 * Eyes, tip of the nose and corners of the mouth on the chip that SFace was trained with, counted from the centre of the first pixel.
 * Source: OpenCV, modules/objdetect/src/face_recognize.cpp (Apache 2.0).
 */
const TEMPLATE = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
].map(([x = 0, y = 0]) => ({ x: x + 0.5, y: y + 0.5 }))

/** The way from the chip (112 × 112, head upright) into the picture in which the five points were found. */
export function fivePointChip(points: readonly Point[]): Similarity {
  return fit(TEMPLATE, points)
}

/** Mean distance of the points from those of an upright face, in pixels of a chip of 150. */
export function fivePointMisfit(points: readonly Point[]): number {
  const chip = fivePointChip(points)
  const squares = points.map(({ x, y }, i) => {
    const meant = apply(chip, TEMPLATE[i] as Point)
    return (meant.x - x) ** 2 + (meant.y - y) ** 2
  })
  const scale = 150 / CHIP_SIZE / Math.hypot(chip.a, chip.b)
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length) * scale
}

/** By how many degrees, 0 to 180, a face with this chip is turned against that one. */
export function degreesBetween(one: Similarity, other: Similarity): number {
  const turn = Math.atan2(one.a * other.b - one.b * other.a, one.a * other.a + one.b * other.b)
  return (Math.abs(turn) * 180) / Math.PI
}
