import type { Face } from '@livepods/photo-api'
import { shortened } from './words.ts'

/** Where a name is written: the middle of its line, and the edge that it hangs from or stands on, as fractions of the picture. */
export interface Label {
  face: Face
  text: string
  x: number
  y: number
  inside: boolean
}

/** Pixels: the most room that the picture has on the page, a letter's mean width, and a line's height. */
interface Room {
  width: number
  height: number
  letter: number
  line: number
}

/** Faces are about so much wider than high. */
const FACE_ASPECT = 0.8
const LONGEST = 22

/**
 * A place under each face's box, moved into the picture, and no label over another: the largest face comes first, one that finds no
 * room goes without. Sizes are estimates, since only the browser knows the picture and the letters.
 */
export function labels(named: { face: Face; text: string }[], room: Room): Label[] {
  const placed: (Label & { width: number; height: number })[] = []
  for (const { face, text } of named.toSorted((a, b) => b.face.height - a.face.height)) {
    const picture = fitted(face, room)
    const most = Math.min(LONGEST, Math.floor(picture.width / room.letter) - 1)
    const short = shortened(text, Math.max(3, most))
    const width = Math.min(1, ([...short].length * room.letter + 6) / picture.width)
    const height = room.line / picture.height
    const x = Math.max(width / 2, Math.min(1 - width / 2, face.x + face.width / 2))
    const bottom = Math.min(1, face.y + face.height)
    const label = { face, text: short, x, y: bottom, inside: bottom > 1 - height, width, height }
    if (!placed.some((other) => overlap(label, other))) placed.push(label)
  }
  return placed
}

interface Place {
  x: number
  y: number
  width: number
  height: number
}

const overlap = (a: Place, b: Place) =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < Math.max(a.height, b.height)

/** The picture's size in its room, from the shape of a face on it. */
function fitted({ width, height }: Face, room: Room): { width: number; height: number } {
  const aspect = Math.max(0.4, Math.min(2.5, (height / Math.max(width, 0.001)) * FACE_ASPECT))
  const scaled = Math.min(room.width, room.height * aspect)
  return { width: scaled, height: scaled / aspect }
}
