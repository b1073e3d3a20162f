import { hash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { Gallery, type KnownImage, type NamedChunk } from './gallery.ts'
import { personOf } from './known-person.ts'
import { roughen } from './rough-rows.ts'
import { CHUNK_ROWS, chunkMemory, DESCRIPTOR_LENGTH, descriptorIn, goneFrom, openChunk } from './shared-gallery.ts'

/** Rows that are written, or looked at, before others get their turn: a millisecond or two. */
const SLICE = 128
/** 256 bits. */
const HASH_WORDS = 8

/**
 * The memory of all galleries of a process. An image that is added takes one row behind the others, one that is removed is marked: so a change
 * costs the same however many images there are, and galleries handed out before stay as they were. Chunks of which most rows are gone are given up.
 */
export class GalleryRows {
  readonly #engine: string
  #chunks: readonly (NamedChunk | undefined)[] = []
  /** Rows that are still there, for each chunk. */
  readonly #left: number[] = []
  readonly #people = new Map<string, { number: number; images: number }>()
  /** Of the hashes of all images, word by word: the order in which they came does not matter. */
  readonly #sum = new Uint32Array(HASH_WORDS)
  #nextPerson = 0
  #generation = 0
  #count = 0
  #images = 0
  #error = 0
  #length = 0

  constructor(engine: string) {
    this.#engine = engine
  }

  get images(): number {
    return this.#images
  }

  /** Writes a row; the next gallery has it. Returns its place. */
  add({ name, content, descriptor, person = personOf(name) }: KnownImage): number {
    const digest = this.#counted(name, content, 1)
    const known = this.#people.get(person) ?? { number: this.#nextPerson++, images: 0 }
    known.images++
    this.#people.set(person, known)
    const rank = digest.readUInt32LE()
    return this.#append({ name, descriptor, person, number: known.number, rank })
  }

  /** Marks the row of an image, given as it was added; the next gallery is without it. */
  remove(image: number, { name, content, person = personOf(name) }: Omit<KnownImage, 'descriptor'>): void {
    this.#counted(name, content, -1)
    const known = this.#people.get(person)
    if (known && --known.images === 0) this.#people.delete(person)
    this.#mark(image)
  }

  /** The embedding in a row that is in use. */
  descriptor(image: number): Float32Array {
    return descriptorIn(this.#chunkOf(image), image % CHUNK_ROWS)
  }

  /** The gallery of what has been added and not removed until now. */
  gallery(): Gallery {
    const sum = Buffer.alloc(this.#sum.byteLength)
    for (const [i, word] of this.#sum.entries()) sum.writeUInt32LE(word, i * Uint32Array.BYTES_PER_ELEMENT)
    return new Gallery({
      hash: hash('sha256', `${this.#engine}\0${sum.toString('hex')}`),
      generation: this.#generation++,
      images: this.#images,
      people: this.#people.size,
      chunks: this.#chunks,
      count: this.#count,
      error: this.#error,
      length: this.#length,
    })
  }

  /** Moves the images of chunks that are mostly empty, in slices, and gives up those chunks; says whether there were any. */
  async tidy(moved: (name: string, image: number) => void): Promise<boolean> {
    const sparse = this.#left.flatMap((left, at) => (this.#isSparse(at, left) ? [at] : []))
    for (const at of sparse) {
      const chunk = this.#chunks[at] as NamedChunk
      for (let row = 0; row < CHUNK_ROWS; row++) {
        if (row % SLICE === SLICE - 1) await breathe()
        if (chunk.gone[row] !== 0) continue
        const [name, descriptor] = [chunk.names[row] as string, descriptorIn(chunk, row)]
        const [person, number] = [chunk.people[row] as string, chunk.persons[row] as number]
        const rank = chunk.ranks[row] as number
        this.#mark(at * CHUNK_ROWS + row)
        moved(name, this.#append({ name, descriptor, person, number, rank }))
      }
      this.#chunks = this.#chunks.with(at, undefined)
    }
    return sparse.length > 0
  }

  #isSparse(at: number, left: number): boolean {
    return this.#chunks[at] !== undefined && this.#count >= (at + 1) * CHUNK_ROWS && left < CHUNK_ROWS / 2
  }

  /** Takes an image into the hash, or out of it; returns its own. */
  #counted(name: string, content: string, sign: 1 | -1): Buffer {
    const digest = hash('sha256', `${name}\0${content}`, 'buffer')
    for (const [i, word] of this.#sum.entries())
      this.#sum[i] = word + sign * digest.readUInt32LE(i * Uint32Array.BYTES_PER_ELEMENT)
    return digest
  }

  #append(image: { name: string; descriptor: Float32Array; person: string; number: number; rank: number }): number {
    const [place, row] = [this.#count, this.#count % CHUNK_ROWS]
    if (row === 0) {
      this.#chunks = [...this.#chunks, { ...openChunk(chunkMemory()), names: [], people: [] }]
      this.#left.push(0)
    }
    const chunk = this.#chunkOf(place)
    chunk.descriptors.set(image.descriptor, row * DESCRIPTOR_LENGTH)
    const { error, square } = roughen(chunk, row, image.descriptor)
    chunk.persons[row] = image.number
    chunk.ranks[row] = image.rank
    chunk.names.push(image.name)
    chunk.people.push(image.person)
    this.#error = Math.max(this.#error, error)
    this.#length = Math.max(this.#length, Math.sqrt(square))
    this.#count++
    this.#changeLeft(place, 1)
    return place
  }

  #mark(image: number): void {
    this.#chunkOf(image).gone[image % CHUNK_ROWS] = goneFrom(this.#generation)
    this.#changeLeft(image, -1)
  }

  #changeLeft(image: number, by: 1 | -1): void {
    const at = Math.floor(image / CHUNK_ROWS)
    this.#left[at] = (this.#left[at] as number) + by
    this.#images += by
  }

  #chunkOf(image: number): NamedChunk {
    const chunk = this.#chunks[Math.floor(image / CHUNK_ROWS)]
    if (!chunk) throw new Error(`The known image ${image} was given up: this is a mistake of the program.`)
    return chunk
  }
}
