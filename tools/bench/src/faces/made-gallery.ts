import { mkdirSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { writeGallery } from '@livepods/face-recognition/gallery-file'
import { type KnownFile, statKnownFile } from '@livepods/face-recognition/known-files'

const LENGTH = 128
/** Descriptors of faces vary in fewer ways than they have numbers: with 40, strangers are as far apart as real ones, 0.85 ± 0.1. */
const WAYS = 40
const STRANGERS_APART = 0.85
/** How far images of one person are from the person, as a part of how far people are from each other. */
const WITHIN_PERSON = 0.45
const IMAGES_PER_PERSON = 10

/** Descriptors of people who do not exist, the same for the same seed; distances between them are as between real ones. */
export class MadeFaces {
  readonly #directions: Float64Array[]
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    const next = normals(seed)
    const scale = STRANGERS_APART / Math.sqrt(2 * WAYS * LENGTH)
    this.#directions = Array.from({ length: WAYS }, () => Float64Array.from({ length: LENGTH }, () => next() * scale))
  }

  /** The n-th image of a person. */
  descriptor(person: number, image: number): Float32Array {
    const [who, which] = [normals(this.#seed + person * 7919 + 1), normals(this.#seed + person * 7919 + image * 31 + 2)]
    const descriptor = new Float32Array(LENGTH)
    for (const direction of this.#directions) {
      const value = who() + WITHIN_PERSON * which()
      for (let i = 0; i < LENGTH; i++) descriptor[i] = (descriptor[i] as number) + value * (direction[i] as number)
    }
    return descriptor
  }
}

/** A folder of so many known images and what the service saved of them, as if it had described them: they are small, and no pictures. */
export async function makeGallery(
  { known, saved }: { known: string; saved: string },
  { images, engine, faces }: { images: number; engine: string; faces: MadeFaces },
): Promise<void> {
  for (let person = 0; person * IMAGES_PER_PERSON < images; person++)
    mkdirSync(join(known, folderOf(person)), { recursive: true })
  const entries: (KnownFile & { content: string; person: number; image: number })[] = []
  for (let at = 0; at < images; at++) {
    const [person, image] = [Math.floor(at / IMAGES_PER_PERSON), at % IMAGES_PER_PERSON]
    const name = `${folderOf(person)}/${image}.jpg`
    writeFileSync(join(known, name), name)
    const file = await statKnownFile(known, name)
    if (!file) throw new Error(`${name} is gone.`)
    entries.push({ ...file, content: `${at}`.padStart(64, '0'), person, image })
  }
  const described = function* () {
    for (const { person, image, ...entry } of entries)
      yield { ...entry, faces: 1, place: -1, descriptor: faces.descriptor(person, image) }
  }
  mkdirSync(saved, { recursive: true })
  await using file = await open(join(saved, 'gallery.bin'), 'w')
  await writeGallery(file, engine, described())
}

const folderOf = (person: number) => `person ${`${person}`.padStart(6, '0')}`

/** Normally distributed numbers: sums of twelve even ones. */
function normals(seed: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) >>> 0
  return () => {
    let sum = -6
    for (let i = 0; i < 12; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      sum += state / 2 ** 32
    }
    return sum
  }
}
