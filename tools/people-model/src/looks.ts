import { hash } from 'node:crypto'
import { portraitOf } from './state.ts'

/** Whom faces look like: everybody of one look is as one person, whatever anybody calls them. */
export const LOOKS = 3
const LENGTH = 128

/** 128 little-endian float32; those of two looks are 1.4 apart. */
export function descriptorOf(look: number): Buffer {
  const numbers = new Float32Array(LENGTH)
  numbers[look] = 1
  return Buffer.from(numbers.buffer)
}

export function lookOf(descriptor: Buffer): number {
  for (let look = 0; look < LOOKS; look++) if (descriptor.readFloatLE(4 * look) === 1) return look
  throw new Error('This descriptor has no look.')
}

/** A picture that somebody adds. */
export const pictureOf = (look: number, number: number) => `look ${look} picture ${number}`

/** The look of what a known image shows, given that of each face. */
export function lookOfImage(image: string, faces: ReadonlyMap<string, number>): number {
  const [, look] = /^look (\d+)/.exec(image) ?? []
  if (look !== undefined) return Number(look)
  for (const [face, look] of faces) if (portraitOf(face) === image) return look
  throw new Error(`Nobody is on "${image}".`)
}

/** How far a known image is from a face of its look: its own number, below what counts as the same person. */
export function distanceOf(image: string): number {
  return 0.1 + Number.parseInt(hash('sha1', image).slice(0, 6), 16) / 0x1000000 / 5
}
