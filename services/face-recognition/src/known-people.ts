import { gauge } from '@livepods/service'
import { Gallery, type KnownImage } from './gallery.ts'
import type { GalleryCache } from './gallery-cache.ts'
import { type DescribedEntry, isDescribed, type KnownEntry, type ReadOptions, readKnownFile } from './known-entry.ts'
import { type KnownFile, listKnownFiles, statKnownFile } from './known-files.ts'
import type { Matched, Matcher } from './matcher.ts'
import { Mutex } from './mutex.ts'

export interface KnownPeopleOptions extends ReadOptions {
  /** Files that are described at once. */
  concurrency: number
  /** Where descriptors outlive the process. */
  cache?: GalleryCache | undefined
  /** Awaited with every new gallery, before anything says that it is there. */
  onGallery?: (gallery: Gallery) => Promise<void> | void
}

const images = gauge({ name: 'gallery_images', help: 'Known images that faces are compared with.' })
const people = gauge({ name: 'gallery_people', help: 'Known people.' })
const generations = gauge({ name: 'gallery_generation', help: 'Changes of the known people since the start.' })

const PROGRESS_EVERY_MS = 2000
/** So often a long load is saved, so that the next start goes on where this one ended. */
const SAVE_EVERY_MS = 30_000
/** So many skipped images are named in the status. */
const NAMED = 20

/** The known people of a folder, kept up with what happens there. */
export class KnownPeople implements Matcher {
  readonly #options: KnownPeopleOptions
  /** In the order of their names. */
  #entries = new Map<string, KnownEntry>()
  #gallery: Gallery
  /** Stamps of files that are new or changed since the last look: they count when two looks in a row see the same, for they may be half copied. */
  #unsettled = new Map<string, string>()
  /** Names that the last look missed: they may come back under another name, and count until the next look. */
  #missed = new Set<string>()
  /** Names that changed by our own doing while a look was under way: what it saw of them is out of date. */
  readonly #touched = new Set<string>()
  readonly #publishing = new Mutex()

  constructor(options: KnownPeopleOptions) {
    this.#options = options
    this.#gallery = Gallery.of(options.recogniser.engine, [])
  }

  get gallery(): Gallery {
    return this.#gallery
  }

  /** All files in the order of their names, also those left out. */
  get entries(): ReadonlyMap<string, KnownEntry> {
    return this.#entries
  }

  /** Images that are left out. */
  get skipped(): number {
    return this.#entries.size - this.#gallery.names.length
  }

  /** The next look may see more than the last one. */
  get unsettled(): boolean {
    return this.#unsettled.size + this.#missed.size > 0
  }

  async match(descriptors: Float32Array[], threshold: number): Promise<Matched> {
    const gallery = this.#gallery
    return { gallery: gallery.hash, faces: descriptors.map((descriptor) => gallery.match(descriptor, threshold)) }
  }

  report(): object {
    const { hash, generation, names, people } = this.#gallery
    const entries = [...this.#entries.values()]
    const skipped = entries.flatMap((entry) =>
      isDescribed(entry) ? [] : [{ image: entry.name, reason: entry.skipped }],
    )
    const several = entries.filter((entry) => isDescribed(entry) && entry.faces > 1)
    return {
      hash,
      generation,
      images: names.length,
      people: people.length,
      withSeveralFaces: several.map(({ name }) => name).slice(0, NAMED),
      skippedImages: skipped.length,
      skipped: skipped.slice(0, NAMED),
    }
  }

  /** Takes what is there now, stable or not: what changes later is looked at again. Rejects only with the signal's reason. */
  async load(signal: AbortSignal): Promise<void> {
    const cached = (await this.#options.cache?.read()) ?? []
    this.#entries = new Map(cached.map((entry) => [entry.name, entry]))
    const files = await listKnownFiles(this.#options.roots.knownPeople)
    const changed = files.filter(({ name, stamp }) => this.#entries.get(name)?.stamp !== stamp)
    const present = new Set(files.map(({ name }) => name))
    const gone = [...this.#entries.keys()].filter((name) => !present.has(name))
    await this.#take(changed, gone, signal)
  }

  /** One look at the folder: takes the files that are new, changed or gone, once they are stable. */
  async look(signal: AbortSignal): Promise<void> {
    this.#touched.clear()
    const files = await listKnownFiles(this.#options.roots.knownPeople)
    const different = files.filter(({ name, stamp }) => this.#entries.get(name)?.stamp !== stamp)
    const changed = different.filter(({ name, stamp }) => this.#unsettled.get(name) === stamp)
    this.#unsettled = new Map(different.map(({ name, stamp }) => [name, stamp]))
    for (const { name } of changed) this.#unsettled.delete(name)
    const present = new Set(files.map(({ name }) => name))
    const absent = [...this.#entries.keys()].filter((name) => !present.has(name))
    const gone = absent.filter((name) => this.#missed.has(name))
    this.#missed = new Set(absent.filter((name) => !this.#missed.has(name)))
    if (changed.length + gone.length > 0) await this.#take(changed, gone, signal)
  }

  /** Looks at these files only, at once: they were changed by us, whole. Resolves when the gallery, and what is saved of it, is up to date. */
  async refresh(names: string[], signal = new AbortController().signal): Promise<void> {
    for (const name of names) this.#touched.add(name)
    const entries: KnownEntry[] = []
    const seen = this.#seen()
    for (const name of names) {
      const file = await statKnownFile(this.#options.roots.knownPeople, name)
      if (file) entries.push(await readKnownFile(file, this.#options, { seen, signal }))
    }
    await this.#publish(entries, names)
    await this.#options.cache?.save(() => this.#saved())
  }

  async #take(files: KnownFile[], gone: string[], signal: AbortSignal): Promise<void> {
    const { concurrency, log, cache } = this.#options
    const entries: KnownEntry[] = []
    const seen = this.#seen(entries)
    const todo = files.values()
    const progress = setInterval(
      () => log.info({ done: entries.length, total: files.length }, 'loading known people'),
      PROGRESS_EVERY_MS,
    )
    const save = setInterval(() => void cache?.save(() => this.#saved(entries)), SAVE_EVERY_MS)
    const work = async () => {
      for (const file of todo) entries.push(await readKnownFile(file, this.#options, { seen, signal }))
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, work))
    } finally {
      clearInterval(progress)
      clearInterval(save)
    }
    const outdated = (name: string) => this.#touched.has(name)
    await this.#publish(
      entries.filter(({ name }) => !outdated(name)),
      gone.filter((name) => !outdated(name)),
    )
    const { skipped: _, ...loaded } = this.report() as { skipped: unknown }
    log.info(loaded, 'known people loaded')
    if (files.length + gone.length > 0) void cache?.save(() => this.#saved())
  }

  /** The next gallery: without `gone`, with `entries` in place of those of their names. */
  async #publish(entries: KnownEntry[], gone: string[]): Promise<void> {
    await this.#publishing.run(async () => {
      const next = new Map(this.#entries)
      for (const name of gone) next.delete(name)
      for (const entry of entries) next.set(entry.name, entry)
      const sorted = [...next.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
      const described = sorted.filter(isDescribed)
      const gallery = await Gallery.build(this.#options.recogniser.engine, this.#images(described), {
        count: described.length,
        generation: this.#gallery.generation + 1,
      })
      await this.#options.onGallery?.(gallery)
      this.#gallery = gallery
      this.#entries = new Map(sorted.map((entry) => [entry.name, entry]))
      for (const [place, entry] of described.entries()) {
        entry.place = place
        entry.descriptor = undefined
      }
      images.set(gallery.names.length)
      people.set(gallery.people.length)
      generations.set(gallery.generation)
    })
  }

  *#images(entries: Iterable<KnownFile & DescribedEntry>): Generator<KnownImage> {
    for (const { name, content, descriptor, place } of entries)
      yield { name, content, descriptor: descriptor ?? this.#gallery.descriptor(place) }
  }

  /** What is known by content, so that nothing is described twice; also what is added to `fresh` later. */
  #seen(fresh: KnownEntry[] = []): (content: string) => DescribedEntry | undefined {
    const byContent = new Map<string, KnownFile & DescribedEntry>()
    for (const entry of this.#entries.values()) if (isDescribed(entry)) byContent.set(entry.content, entry)
    let taken = 0
    return (content) => {
      for (; taken < fresh.length; taken++) {
        const entry = fresh[taken] as KnownEntry
        if (isDescribed(entry)) byContent.set(entry.content, entry)
      }
      const same = byContent.get(content)
      if (!same) return undefined
      // The place of an entry that was replaced meanwhile says nothing about the gallery of now.
      const stands = this.#entries.get(same.name) === same
      const descriptor = same.descriptor ?? (stands ? this.#gallery.descriptor(same.place) : undefined)
      return descriptor && { content, faces: same.faces, descriptor, place: -1 }
    }
  }

  /** What outlives the process, with what is not published yet. It is of this moment, however slowly it is read. */
  #saved(fresh: readonly KnownEntry[] = []): Iterable<KnownEntry> {
    const [gallery, entries, added] = [this.#gallery, this.#entries, fresh.map((entry) => ({ ...entry }))]
    const all = function* () {
      let place = 0
      for (const entry of entries.values())
        yield isDescribed(entry) ? { ...entry, descriptor: entry.descriptor ?? gallery.descriptor(place++) } : entry
      yield* added
    }
    return all()
  }
}
