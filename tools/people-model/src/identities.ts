import { hash } from 'node:crypto'
import { portraitOf } from './state.ts'

/** Who is on a picture, whatever anybody calls them: faces of one identity are taken for one person. */
export const IDENTITIES = 3
const LENGTH = 128

/** 128 little-endian float32; those of two identities are 1.4 apart. */
export function descriptorOf(identity: number): Buffer {
  const numbers = new Float32Array(LENGTH)
  numbers[identity] = 1
  return Buffer.from(numbers.buffer)
}

export function identityOf(descriptor: Buffer): number {
  for (let identity = 0; identity < IDENTITIES; identity++)
    if (descriptor.readFloatLE(4 * identity) === 1) return identity
  throw new Error('This descriptor has no identity.')
}

/** A picture that somebody adds. */
export const pictureOf = (identity: number, number: number) => `identity ${identity} picture ${number}`

/** The identity of what a known image shows, given that of each face. */
export function identityOfImage(image: string, faces: ReadonlyMap<string, number>): number {
  const [, identity] = /^identity (\d+)/.exec(image) ?? []
  if (identity !== undefined) return Number(identity)
  for (const [face, identity] of faces) if (portraitOf(face) === image) return identity
  throw new Error(`Nobody is on "${image}".`)
}

/** How far a known image is from a face of its identity: its own number, below what counts as the same person. */
export function distanceOf(image: string): number {
  return 0.1 + Number.parseInt(hash('sha1', image).slice(0, 6), 16) / 0x1000000 / 5
}
