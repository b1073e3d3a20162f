import type { KnownEntries } from './known-entries.ts'
import { isDescribed, type KnownEntry } from './known-entry.ts'
import type { Vanished } from './known-state.ts'

/** Losses within so many milliseconds are one: a volume may be emptied while it is scanned. */
const TOGETHER_MS = 600_000
/** Of fewer, only the loss of all is more than a person might do by hand. */
const MANY = 20

/** Decides whether vanished images are held: when all vanish at once, or more than half of at least 20. */
export class KnownLoss {
  readonly #entries: KnownEntries
  readonly #now: () => number
  /** Those that were believed lately. */
  #believed: { at: number; images: number }[] = []

  constructor(entries: KnownEntries, now: () => number) {
    this.#entries = entries
    this.#now = now
  }

  /** Of the images of these names those that no other name has now, counting what was just read. */
  async vanished(names: ReadonlySet<string>, read: readonly KnownEntry[]): Promise<Vanished[]> {
    const contents = new Set<string>()
    for (const name of names) {
      const entry = this.#entries.get(name)
      if (entry && isDescribed(entry)) contents.add(entry.content)
    }
    if (contents.size === 0) return []
    const elsewhere = new Set<string>()
    const note = ({ name, content }: KnownEntry) => {
      if (content !== undefined && contents.has(content) && !names.has(name)) elsewhere.add(content)
    }
    const latest = new Set(read.map(({ name }) => name))
    for (const entry of read) if (isDescribed(entry)) note(entry)
    for await (const entries of this.#entries.slices())
      for (const entry of entries) if (!latest.has(entry.name)) note(entry)
    return [...names].flatMap((name) => {
      const entry = this.#entries.get(name)
      return entry && isDescribed(entry) && !elsewhere.has(entry.content) ? [{ name, content: entry.content }] : []
    })
  }

  isTooLarge(vanished: number, known: number): boolean {
    if (vanished === 0) return false
    const before = this.#now() - TOGETHER_MS
    this.#believed = this.#believed.filter(({ at }) => at > before)
    const lately = this.#believed.reduce((sum, { images }) => sum + images, 0)
    return vanished >= known || (known + lately >= MANY && 2 * (vanished + lately) > known + lately)
  }

  believe(images: number): void {
    if (images > 0) this.#believed.push({ at: this.#now(), images })
  }

  /** The losses until now are no sign of more. */
  forget(): void {
    this.#believed = []
  }
}
