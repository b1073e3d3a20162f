import { setImmediate as breathe } from 'node:timers/promises'
import { release } from './engine/memory.ts'
import { DESCRIPTOR_LENGTH, type Gallery, type KnownImage } from './gallery.ts'
import { type DescribedEntry, isDescribed, type KnownEntry } from './known-entry.ts'
import type { KnownFile } from './known-files.ts'
import { placeAmong, placeOf } from './sorted.ts'

/** So many changes are put into a copy of the list one by one; more are merged with it. */
const FEW = 64
/** Entries that are looked at before others get their turn: well below a millisecond. */
const SLICE = 4096

/** What is known of each file, in the order of their names; the descriptors are those of the gallery. There may be very many. */
export class KnownEntries {
  /** Never changed, only replaced. */
  #sorted: readonly KnownEntry[] = []
  /** Those left out, and those with several faces: few, as a rule. */
  readonly #unusual = new Map<string, KnownEntry>()
  #gallery: Pick<Gallery, 'names' | 'descriptors'> = { names: [], descriptors: new Float32Array() }
  /** Until there is a gallery: the rows that the places of the entries mean. */
  #saved: Float32Array = new Float32Array()

  get size(): number {
    return this.#sorted.length
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

  /** The entries in slices; between two of them whoever waits has a turn. */
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
    if (this.get(entry.name) !== entry) return undefined
    return this.#row(entry, placeAmong(entry.name, this.#gallery.names))
  }

  /** What these would be without `gone` and with `changed` in place of those of their names, in order. */
  async with(changed: readonly KnownEntry[], gone: readonly string[]): Promise<readonly KnownEntry[]> {
    if (changed.length + gone.length <= FEW) return this.#patched(changed, gone)
    return await this.#merged(changed, gone)
  }

  /** The images of such a list that have been described. */
  *images(entries: Iterable<KnownEntry>): Generator<KnownImage> {
    const { names } = this.#gallery
    let place = 0
    for (const entry of entries) {
      if (!isDescribed(entry)) continue
      while (place < names.length && (names[place] as string) < entry.name) place++
      yield { name: entry.name, content: entry.content, descriptor: entry.descriptor ?? this.#row(entry, place) }
    }
  }

  /** Becomes `next`, which with(changed, gone) gave, with the gallery of its images. */
  become(next: readonly KnownEntry[], { changed, gone, gallery }: Change): void {
    for (const name of gone) this.#unusual.delete(name)
    for (const entry of changed) {
      this.#note(entry)
      if (isDescribed(entry)) entry.descriptor = undefined
    }
    this.#sorted = next
    this.#gallery = gallery
    release(this.#saved)
    this.#saved = new Float32Array()
  }

  /** Becomes what was saved, at the start. */
  async restore({
    entries,
    descriptors,
  }: {
    entries: readonly KnownEntry[]
    descriptors: Float32Array
  }): Promise<void> {
    this.#sorted = await this.#merged(entries, [])
    for (const entry of this.#sorted) this.#note(entry)
    this.#saved = descriptors
  }

  /** To be saved: these and some that are new; as slowly as they are read, each with its descriptor of that moment. */
  *saved(added: readonly KnownEntry[]): Generator<KnownEntry> {
    for (const entries of [this.#sorted, [...added]]) {
      for (const entry of entries) {
        const descriptor = this.descriptorOf(entry)
        if (!isDescribed(entry)) yield entry
        else if (descriptor) yield { ...entry, descriptor }
      }
    }
  }

  #row(entry: DescribedEntry, place: number): Float32Array {
    const [rows, row] = this.#saved.length > 0 ? [this.#saved, entry.place] : [this.#gallery.descriptors, place]
    return rows.subarray(row * DESCRIPTOR_LENGTH, (row + 1) * DESCRIPTOR_LENGTH)
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

export interface Change {
  changed: readonly KnownEntry[]
  gone: readonly string[]
  gallery: Gallery
}

function byName(one: KnownFile, other: KnownFile): number {
  return one.name < other.name ? -1 : 1
}
