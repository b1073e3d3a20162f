import { apply, fit, type Point, type Similarity } from './similarity.ts'

/** Side of the square that the embedding net looks at, in pixels. */
export const CHIP_SIZE = 150

/** Room around the mean face on each side, as a part of its size. The net was trained with this value. */
const PADDING = 0.25

/**
 * Index (of the 68 landmarks), x and y of a mean face in the unit square: nose, eyes and upper lip, which move least when a face talks or
 * frowns. Source: dlib, image_transforms/interpolation.h, get_face_chip_details() (Boost licence), which leaves out jaw, brows and lower lip too.
 */
export const MEAN_FACE: readonly (readonly [landmark: number, x: number, y: number])[] = [
  [27, 0.490127, 0.203352],
  [28, 0.490127, 0.307009],
  [29, 0.490127, 0.409805],
  [30, 0.490127, 0.515625],
  [31, 0.36688, 0.587326],
  [32, 0.426036, 0.609345],
  [33, 0.490127, 0.628106],
  [34, 0.554217, 0.609345],
  [35, 0.613373, 0.587326],
  [36, 0.121737, 0.216423],
  [37, 0.187122, 0.178758],
  [38, 0.265825, 0.179852],
  [39, 0.334606, 0.231733],
  [40, 0.260918, 0.245099],
  [41, 0.182743, 0.244077],
  [42, 0.645647, 0.231733],
  [43, 0.714428, 0.179852],
  [44, 0.793132, 0.178758],
  [45, 0.858516, 0.216423],
  [46, 0.79751, 0.244077],
  [47, 0.719335, 0.245099],
  [48, 0.254149, 0.780233],
  [49, 0.340985, 0.745405],
  [50, 0.428858, 0.727388],
  [51, 0.490127, 0.742578],
  [52, 0.551395, 0.727388],
  [53, 0.639268, 0.745405],
  [54, 0.726104, 0.780233],
  [60, 0.290379, 0.784792],
  [61, 0.428096, 0.778746],
  [62, 0.490127, 0.785343],
  [63, 0.552157, 0.778746],
  [64, 0.689874, 0.784792],
]

const TEMPLATE = MEAN_FACE.map(([, x, y]) => ({ x: inChip(x), y: inChip(y) }))

/** The way from the chip (150 × 150, head upright) into the picture that the 68 landmarks were found in; give it to `warp`. */
export function uprightChip(landmarks: readonly Point[]): Similarity {
  return fit(
    TEMPLATE,
    MEAN_FACE.map(([landmark]) => landmarks[landmark] as Point),
  )
}

/** Mean distance of the landmarks from those of the mean face, in pixels of the chip: 2 to 8 of a face that is seen as it is. */
export function misfit(landmarks: readonly Point[]): number {
  const chip = uprightChip(landmarks)
  const squares = MEAN_FACE.map(([landmark], i) => {
    const meant = apply(chip, TEMPLATE[i] as Point)
    const seen = landmarks[landmark] as Point
    return (meant.x - seen.x) ** 2 + (meant.y - seen.y) ** 2
  })
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length) / Math.hypot(chip.a, chip.b)
}

/** dlib counts from the centre of the first pixel, we from its corner: hence the half. */
function inChip(unit: number): number {
  return ((PADDING + unit) / (2 * PADDING + 1)) * CHIP_SIZE + 0.5
}
