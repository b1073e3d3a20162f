import { setImmediate as breathe } from 'node:timers/promises'
import type { Gallery } from '../gallery/gallery.ts'
import { GalleryRows } from '../gallery/gallery-rows.ts'
import { spellingsOf } from '../gallery/known-person.ts'
import { DESCRIPTOR_LENGTH } from '../gallery/shared-gallery.ts'
import { release } from '../memory.ts'
import { isDescribed, type KnownEntry, personOn } from './known-entry.ts'
import type { KnownFile } from './known-files.ts'
import { placeOf } from './sorted.ts'

/** Up to so many changes are inserted into a copy of the list one by one; more are merged with it. */
const FEW = 64
/** Entries that are read before the event loop goes on: well below a millisecond. */
const SLICE = 4096
/** Rows that are written before the event loop goes on: a millisecond or two. */
const ROWS = 128

/** What is known of each file, in the order of their names; the embeddings are those of the gallery. There may be very many. */
export class KnownEntries {
  /** Never changed, only replaced. */
  #sorted: readonly KnownEntry[] = []
  /** Skipped images, and those with several faces: usually few. */
  readonly #unusual = new Map<string, KnownEntry>()
  readonly #rows: GalleryRows

  constructor(engine: string) {
    this.#rows = new GalleryRows(engine)
  }

  get size(): number {
    return this.#sorted.length
  }

  /** How many are described. */
  get images(): number {
    return this.#rows.images
  }

  /** The images there are now; each call is a new generation. */
  gallery(): Gallery {
    return this.#rows.gallery()
  }

  /** By name, in no order. */
  get unusual(): Iterable<KnownEntry> {
    return this.#unusual.values()
  }

  get(name: string): KnownEntry | undefined {
    const entry = this.#sorted[placeOf(name, this.#sorted)]
    return entry?.name === name ? entry : undefined
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<KnownEntry> {
    return this.#sorted.values()
  }

  /** Those from a name on. */
  *from(name: string): Generator<KnownEntry> {
    const sorted = this.#sorted
    for (let at = placeOf(name, sorted); at < sorted.length; at++) yield sorted[at] as KnownEntry
  }

  /** The entries in slices; between two of them the event loop goes on. */
  async *slices(): AsyncGenerator<readonly KnownEntry[]> {
    const sorted = this.#sorted
    for (let at = 0; at < sorted.length; at += SLICE) {
      if (at > 0) await breathe()
      yield sorted.slice(at, at + SLICE)
    }
  }

  /** Undefined for one that is not described, or is not among these any more and has lost its row. */
  descriptorOf(entry: KnownEntry): Float32Array | undefined {
    if (!isDescribed(entry)) return undefined
    if (entry.descriptor) return entry.descriptor
    return entry.place >= 0 ? this.#rows.descriptor(entry.place) : undefined
  }

  /** The descriptor of the first image by name, at the top level, of the person with that key; not of those in `without`. */
  firstOf(person: string, without: ReadonlySet<string>): Float32Array | undefined {
    for (const spelling of spellingsOf(person)) {
      for (const entry of this.from(spelling)) {
        if (!entry.name.startsWith(spelling)) break
        if (entry.name.includes('/') || without.has(entry.name) || personOn(entry) !== person) continue
        const descriptor = this.descriptorOf(entry)
        if (descriptor) return descriptor
      }
    }
    return undefined
  }

  /** Goes on without `gone` and with `changed` in place of those of their names; returns the gallery of the images there are then. */
  async change(changed: readonly KnownEntry[], gone: readonly string[]): Promise<Gallery> {
    const latest = new Map(changed.map((entry) => [entry.name, entry]))
    const next = await this.#with([...latest.values()], gone)
    let rows = 0
    for (const name of new Set([...gone, ...latest.keys()])) {
      const entry = this.get(name)
      if (entry && isDescribed(entry)) {
        this.#rows.remove(entry.place, entry)
        entry.place = -1
      }
      if (++rows % ROWS === 0) await breathe()
    }
    for (const entry of latest.values()) {
      if (isDescribed(entry) && entry.descriptor)
        entry.place = this.#rows.add({ ...entry, descriptor: entry.descriptor })
      if (++rows % ROWS === 0) await breathe()
    }
    this.#sorted = next
    for (const name of gone) this.#unusual.delete(name)
    for (const entry of latest.values()) {
      this.#note(entry)
      if (isDescribed(entry)) entry.descriptor = undefined
      if (++rows % ROWS === 0) await breathe()
    }
    return this.#rows.gallery()
  }

  /** Compacts mostly unused memory; the gallery after it, or undefined where nothing had to be moved. */
  async tidy(): Promise<Gallery | undefined> {
    const isTidied = await this.#rows.tidy((name, place) => {
      const entry = this.get(name)
      if (entry && isDescribed(entry)) entry.place = place
    })
    return isTidied ? this.#rows.gallery() : undefined
  }

  /** Becomes what was saved, at the start; the memory of the embeddings is freed. */
  async restore({
    entries,
    descriptors,
  }: {
    entries: readonly KnownEntry[]
    descriptors: Float32Array
  }): Promise<void> {
    const sorted = await this.#merged(entries, [])
    for (const [i, entry] of sorted.entries()) {
      if (i % ROWS === ROWS - 1) await breathe()
      this.#note(entry)
      if (!isDescribed(entry)) continue
      const descriptor = descriptors.subarray(entry.place * DESCRIPTOR_LENGTH, (entry.place + 1) * DESCRIPTOR_LENGTH)
      const { name, content, person } = entry
      entry.place = this.#rows.add({ name, content, person, descriptor })
    }
    this.#sorted = sorted
    release(descriptors)
  }

  /** To be saved: these and some that are new; as slowly as they are read, each with its embedding of that moment. */
  *saved(added: readonly KnownEntry[]): Generator<KnownEntry> {
    for (const entries of [this.#sorted, [...added]]) {
      for (const entry of entries) {
        const descriptor = this.descriptorOf(entry)
        if (!isDescribed(entry)) yield entry
        else if (descriptor) yield { ...entry, descriptor }
      }
    }
  }

  async #with(changed: readonly KnownEntry[], gone: readonly string[]): Promise<readonly KnownEntry[]> {
    if (changed.length + gone.length <= FEW) {
      // Copying a long list blocks the event loop long enough.
      await breathe()
      return this.#patched(changed, gone)
    }
    return await this.#merged(changed, gone)
  }

  #note(entry: KnownEntry): void {
    if (isDescribed(entry) && entry.faces === 1) this.#unusual.delete(entry.name)
    else this.#unusual.set(entry.name, entry)
  }

  #patched(changed: readonly KnownEntry[], gone: readonly string[]): readonly KnownEntry[] {
    const next = this.#sorted.slice()
    const isAt = (place: number, name: string) => next[place]?.name === name
    for (const name of gone) {
      const place = placeOf(name, next)
      if (isAt(place, name)) next.splice(place, 1)
    }
    for (const entry of changed) {
      const place = placeOf(entry.name, next)
      next.splice(place, isAt(place, entry.name) ? 1 : 0, entry)
    }
    return next
  }

  async #merged(changed: readonly KnownEntry[], gone: readonly string[]): Promise<readonly KnownEntry[]> {
    const latest = new Map(changed.map((entry) => [entry.name, entry]))
    const added = [...latest.values()].sort(byName)
    const replaced = new Set(gone)
    const next: KnownEntry[] = []
    let at = 0
    for (const [i, entry] of this.#sorted.entries()) {
      if (i % SLICE === SLICE - 1) await breathe()
      for (let add = added[at]; add && add.name < entry.name; add = added[++at]) next.push(add)
      if (!replaced.has(entry.name) && !latest.has(entry.name)) next.push(entry)
    }
    return next.concat(added.slice(at))
  }
}

function byName(one: KnownFile, other: KnownFile): number {
  return one.name < other.name ? -1 : 1
}
