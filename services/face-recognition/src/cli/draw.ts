import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IMAGE_MAX_PIXELS } from '@livepods/images'
import sharp from 'sharp'
import type { Identified } from '../engine/identifier.ts'

type DrawnFace = Pick<Identified['faces'][number], 'box' | 'identified' | 'nearest'>
type Drawn = Pick<Identified, 'width' | 'height'> & { faces: DrawnFace[] }

const KNOWN = '#2dd4a7'
const UNKNOWN = '#ffb020'

/** Writes the upright photo with a box and a name for each face; the file's end decides the format. */
export async function drawFaces(bytes: Uint8Array, identified: Drawn, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // What was decoded is shown, however it ends.
  const input = sharp(bytes, { failOn: 'none', unlimited: true, limitInputPixels: IMAGE_MAX_PIXELS })
  const photo = input.autoOrient().toColourspace('srgb')
  await photo.composite([{ input: Buffer.from(svgOf(identified)) }]).toFile(path)
}

/** The boxes and names alone, as an SVG of the photo's size. */
export function svgOf({ width, height, faces }: Drawn): string {
  const size = Math.max(11, Math.round(Math.min(width, height) / 36))
  const frames = faces.map(
    ({ box }): Rectangle => ({
      x: Math.round(box.x * width),
      y: Math.round(box.y * height),
      width: Math.round(box.width * width),
      height: Math.round(box.height * height),
    }),
  )
  const colours = faces.map(({ identified }) => (identified ? KNOWN : UNKNOWN))
  const line = Math.max(2, Math.round(size / 7))
  const boxes = frames.map(
    (frame, i) => `<rect ${places(frame)} fill="none" stroke="${colours[i]}" stroke-width="${line}"/>`,
  )
  const taken: Rectangle[] = []
  const labels = faces.map((face, i) => {
    const text = labelOf(face)
    const label = labelAt(frames[i] as Rectangle, { text, size, picture: { width, height }, taken })
    taken.push(label)
    return (
      `<rect ${places(label)} fill="${colours[i]}"/>` +
      `<text x="${label.x + size / 2}" y="${label.y + size * 1.15}" fill="#10151c">${escaped(text)}</text>`
    )
  })
  const style = `font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="${size}" font-weight="bold"`
  const parts = [...boxes, ...labels].join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${style}>${parts}</svg>`
}

interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

interface LabelOptions {
  text: string
  size: number
  picture: { width: number; height: number }
  /** Labels that are there already. */
  taken: Rectangle[]
}

/** Below the frame or above it, at its left or its right edge: the first place in the picture that hides no other label. */
function labelAt(frame: Rectangle, { text, size, picture, taken }: LabelOptions): Rectangle {
  const [width, height] = [widthOf(text, size), Math.round(size * 1.6)]
  const [below, above] = [frame.y + frame.height, frame.y - height]
  const [left, right] = [frame.x, frame.x + frame.width - width]
  const wanted: [x: number, y: number][] = [
    [left, below],
    [left, above],
    [right, below],
    [right, above],
    [left, below + height],
    [left, above - height],
  ]
  const labels = wanted.map(([x, y]) => ({
    x: Math.max(0, Math.min(x, picture.width - width)),
    y: Math.max(0, Math.min(y, picture.height - height)),
    width,
    height,
  }))
  return labels.find((label) => !taken.some((other) => overlap(label, other))) ?? (labels[0] as Rectangle)
}

function overlap(one: Rectangle, other: Rectangle): boolean {
  const inX = one.x < other.x + other.width && other.x < one.x + one.width
  return inX && one.y < other.y + other.height && other.y < one.y + one.height
}

/** Wide enough: no font is measured here, and letters of a bold sans-serif take three quarters of its size, signs of Asia and emoji all. */
function widthOf(text: string, size: number): number {
  const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Extended_Pictographic}]/u
  const ems = [...text].reduce((sum, letter) => sum + (wide.test(letter) ? 1.2 : 0.74), 0)
  return Math.round(size * (ems + 0.9))
}

function labelOf({ identified, nearest }: DrawnFace): string {
  return identified && nearest ? `${shortened(nearest.person)} ${nearest.distance.toFixed(2)}` : 'unknown'
}

const LONGEST = 24

function shortened(name: string): string {
  const letters = [...name]
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : name
}

function places({ x, y, width, height }: Rectangle): string {
  return `x="${x}" y="${y}" width="${width}" height="${height}"`
}

/** As text of XML; what XML cannot say at all is left out. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
