import { fit, mean, type Point, type Similarity } from '../similarity.ts'

/** Side of the square that SFace looks at, in pixels. */
export const CHIP_SIZE = 112

/**
 * Eyes, tip of the nose and corners of the mouth on the chip that SFace was trained with, counted from the centre of the first pixel; each
 * pair from the left. Source: OpenCV, modules/objdetect/src/face_recognize.cpp (Apache 2.0).
 */
const TEMPLATE = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
].map(([x = 0, y = 0]) => ({ x: x + 0.5, y: y + 0.5 }))

/** The way from the chip (112 × 112, head upright) into the picture that the 68 landmarks were found in. */
export function fivePointChip(landmarks: readonly Point[]): Similarity {
  const [nose, left, right] = [30, 48, 54].map((landmark) => landmarks[landmark] as Point) as [Point, Point, Point]
  return fit(TEMPLATE, [mean(landmarks.slice(36, 42)), mean(landmarks.slice(42, 48)), nose, left, right])
}
