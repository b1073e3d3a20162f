/** Fractions of a photo. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** The faces on the sample photos, checked by eye. */
export const SAMPLE_FACES: readonly { photo: string; faces: readonly Box[] }[] = [
  {
    photo: 'sample1.jpg',
    faces: [
      { x: 0.214, y: 0.277, width: 0.095, height: 0.185 },
      { x: 0.436, y: 0.328, width: 0.1, height: 0.175 },
      { x: 0.769, y: 0.155, width: 0.103, height: 0.185 },
    ],
  },
  {
    photo: 'sample2.jpg',
    faces: [
      { x: 0.753, y: 0.113, width: 0.102, height: 0.176 },
      { x: 0.469, y: 0.167, width: 0.077, height: 0.158 },
      { x: 0.186, y: 0.102, width: 0.079, height: 0.182 },
    ],
  },
  {
    photo: 'sample3.jpg',
    faces: [
      { x: 0.305, y: 0.246, width: 0.103, height: 0.199 },
      { x: 0.553, y: 0.146, width: 0.126, height: 0.241 },
      { x: 0.784, y: 0.211, width: 0.086, height: 0.227 },
    ],
  },
  {
    photo: 'sample4.jpg',
    faces: [
      { x: 0.342, y: 0.031, width: 0.097, height: 0.179 },
      { x: 0.133, y: 0.126, width: 0.084, height: 0.172 },
      { x: 0.515, y: 0.126, width: 0.089, height: 0.153 },
      { x: 0.664, y: 0.091, width: 0.078, height: 0.175 },
    ],
  },
  {
    photo: 'sample5.jpg',
    faces: [
      { x: 0.41, y: 0.08, width: 0.08, height: 0.149 },
      { x: 0.731, y: 0.28, width: 0.097, height: 0.201 },
      { x: 0.195, y: 0.604, width: 0.094, height: 0.224 },
      { x: 0.579, y: 0.143, width: 0.082, height: 0.168 },
      { x: 0.311, y: 0.297, width: 0.086, height: 0.178 },
    ],
  },
  {
    photo: 'sample6.jpg',
    faces: [
      { x: 0.344, y: 0.231, width: 0.094, height: 0.177 },
      { x: 0.609, y: 0.202, width: 0.099, height: 0.175 },
      { x: 0.772, y: 0.161, width: 0.113, height: 0.214 },
      { x: 0.13, y: 0.317, width: 0.11, height: 0.177 },
    ],
  },
]
