import { DESCRIPTOR_LENGTH, type Gallery, type KnownImage } from './gallery.ts'
import { isDescribed, type KnownEntry } from './known-entry.ts'

/** What is known of each file, in the order of their names, with the descriptors in one block of memory. */
export class KnownEntries {
  /** Never changed, only replaced. */
  #sorted: readonly KnownEntry[] = []
  readonly #byName = new Map<string, KnownEntry>()
  /** The rows that the places of the entries mean. */
  #descriptors: Float32Array = new Float32Array(0)

  get size(): number {
    return this.#sorted.length
  }

  get(name: string): KnownEntry | undefined {
    return this.#byName.get(name)
  }

  [Symbol.iterator](): Iterator<KnownEntry> {
    return this.#sorted.values()
  }

  /** Undefined for one that is not described, or is not among these any more and has lost its row. */
  descriptorOf(entry: KnownEntry): Float32Array | undefined {
    if (!isDescribed(entry)) return undefined
    if (entry.descriptor) return entry.descriptor
    if (this.#byName.get(entry.name) !== entry) return undefined
    return this.#descriptors.subarray(entry.place * DESCRIPTOR_LENGTH, (entry.place + 1) * DESCRIPTOR_LENGTH)
  }

  /** What these would be without `gone` and with `changed` in place of those of their names, in order. */
  with(changed: readonly KnownEntry[], gone: readonly string[]): readonly KnownEntry[] {
    const latest = new Map(changed.map((entry) => [entry.name, entry]))
    const added = [...latest.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
    const replaced = new Set([...gone, ...latest.keys()])
    const next: KnownEntry[] = []
    let at = 0
    for (const entry of this.#sorted) {
      for (let add = added[at]; add && add.name < entry.name; add = added[++at]) next.push(add)
      if (!replaced.has(entry.name)) next.push(entry)
    }
    return next.concat(added.slice(at))
  }

  /** The images of such a list that have been described. */
  *images(entries: Iterable<KnownEntry>): Generator<KnownImage> {
    for (const entry of entries) {
      const descriptor = this.descriptorOf(entry)
      if (descriptor && isDescribed(entry)) yield { name: entry.name, content: entry.content, descriptor }
    }
  }

  /** Becomes `next`, which with(changed, gone) gave, with the gallery of its images. */
  become(next: readonly KnownEntry[], { changed, gone, gallery }: Change): void {
    for (const name of gone) this.#byName.delete(name)
    for (const entry of changed) this.#byName.set(entry.name, entry)
    this.#sorted = next
    this.#descriptors = gallery.descriptors
    let place = 0
    for (const entry of next) {
      if (!isDescribed(entry)) continue
      entry.place = place++
      entry.descriptor = undefined
    }
  }

  /** Becomes what was saved, at the start. */
  restore({ entries, descriptors }: { entries: readonly KnownEntry[]; descriptors: Float32Array }): void {
    this.#sorted = this.with(entries, [])
    for (const entry of this.#sorted) this.#byName.set(entry.name, entry)
    this.#descriptors = descriptors
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
}

export interface Change {
  changed: readonly KnownEntry[]
  gone: readonly string[]
  gallery: Gallery
}
