import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '@livepods/images'
import { gauge } from '@livepods/service'
import type { Gallery } from './gallery.ts'
import type { GalleryCache } from './gallery-cache.ts'
import { KnownEntries } from './known-entries.ts'
import { type DescribedEntry, isDescribed, type KnownEntry, type ReadOptions, readKnownFile } from './known-entry.ts'
import type { KnownFile } from './known-files.ts'
import type { KnownStore } from './known-store.ts'
import type { Matched, Matcher } from './matcher.ts'
import { Mutex } from './mutex.ts'

export interface KnownPeopleOptions extends ReadOptions {
  store: Pick<KnownStore, 'visit' | 'stat' | 'open'>
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
const RETRY_MS = 1000
/** So often a long load is saved, so that the next start goes on where this one ended. */
const SAVE_EVERY_MS = 30_000
/** So many folders are remembered: enough for those that are watched. */
const MAX_FOLDERS = 256
/** With more files than these an index by content is quicker than a search for each. */
const FEW = 16
/** So many skipped images are named in the status. */
const NAMED = 20

/** The known people of a folder or bucket, kept up with what happens there. */
export class KnownPeople implements Matcher {
  readonly #options: KnownPeopleOptions
  readonly #entries: KnownEntries
  #gallery: Gallery
  /** Stamps of files that are new or changed since the last look: they count when two looks in a row see the same, for they may be half copied. */
  #unsettled = new Map<string, string>()
  /** Names that the last look missed: they may come back under another name, and count until the next look. */
  #missed = new Set<string>()
  /** Names that changed by our own doing while a look was under way: what it saw of them is out of date. */
  readonly #touched = new Set<string>()
  readonly #publishing = new Mutex()
  #folders: ReadonlySet<string> = new Set()
  #looks = 0
  #lookMs = 0

  constructor(options: KnownPeopleOptions) {
    this.#options = options
    this.#entries = new KnownEntries(options.recogniser.engine)
    this.#gallery = this.#entries.gallery()
  }

  get gallery(): Gallery {
    return this.#gallery
  }

  /** All files in the order of their names, also those left out. */
  get entries(): KnownEntries {
    return this.#entries
  }

  /** The first folders with images in them, relative to the root, as the last look saw them. */
  get folders(): ReadonlySet<string> {
    return this.#folders
  }

  /** Images that are left out. */
  get skipped(): number {
    return this.#entries.size - this.#gallery.images
  }

  /** Milliseconds that the last look at all files took, without describing what was new. */
  get lookMs(): number {
    return this.#lookMs
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
    const { hash, generation, images, people } = this.#gallery
    const unusual = [...this.#entries.unusual].sort((one, other) => (one.name < other.name ? -1 : 1))
    const several = unusual.filter(isDescribed)
    const skipped = unusual.flatMap((entry) =>
      isDescribed(entry) ? [] : [{ image: entry.name, reason: entry.skipped }],
    )
    return {
      hash,
      generation,
      images,
      people,
      withSeveralFaces: several.map(({ name }) => name).slice(0, NAMED),
      skippedImages: skipped.length,
      skipped: skipped.slice(0, NAMED),
    }
  }

  /** Takes what is there now, stable or not: what changes later is looked at again. Asks a store that is away until it answers. Rejects only with the signal's reason. */
  async load(signal: AbortSignal): Promise<void> {
    const saved = await this.#options.cache?.read()
    if (saved) await this.#entries.restore(saved)
    for (;;) {
      try {
        const { different, absent } = await this.#visit()
        return await this.#take(different, absent, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof StoreUnavailable)) throw error
        this.#options.log.warn({ err: error }, 'known people cannot be read yet; tried again')
      }
      await sleep(RETRY_MS, undefined, { signal })
    }
  }

  /** One look at the folder: takes the files that are new, changed or gone, once they are stable. */
  async look(signal: AbortSignal): Promise<void> {
    this.#touched.clear()
    const { different, absent } = await this.#visit()
    const changed = different.filter(({ name, stamp }) => this.#unsettled.get(name) === stamp)
    this.#unsettled = new Map(different.map(({ name, stamp }) => [name, stamp]))
    for (const { name } of changed) this.#unsettled.delete(name)
    const gone = absent.filter((name) => this.#missed.has(name))
    this.#missed = new Set(absent.filter((name) => !this.#missed.has(name)))
    if (changed.length + gone.length > 0) await this.#take(changed, gone, signal)
  }

  /** The files that are new or changed, and the names of the known ones that are not there. */
  async #visit(): Promise<{ different: KnownFile[]; absent: string[] }> {
    const begun = performance.now()
    const look = ++this.#looks
    const different: KnownFile[] = []
    const folders = new Set<string>()
    await this.#options.store.visit((file) => {
      if (folders.size < MAX_FOLDERS) folders.add(dirname(file.name))
      const entry = this.#entries.get(file.name)
      if (entry) entry.look = look
      if (entry?.stamp !== file.stamp) different.push(file)
    })
    this.#folders = folders
    const absent: string[] = []
    for await (const entries of this.#entries.slices())
      for (const entry of entries) if (entry.look !== look && !this.#touched.has(entry.name)) absent.push(entry.name)
    this.#lookMs = performance.now() - begun
    return { different, absent }
  }

  /** Looks at these files only, at once: they were changed by us, whole. Resolves when the gallery, and what is saved of it, is up to date. */
  async refresh(names: string[], signal = new AbortController().signal): Promise<void> {
    for (const name of names) this.#touched.add(name)
    const entries: KnownEntry[] = []
    const seen = (content: string) => this.#find(content, entries)
    for (const name of names) {
      const file = await this.#options.store.stat(name)
      if (file) entries.push(await readKnownFile(file, this.#options, { seen, signal }))
    }
    await this.#publish(entries, names)
    await this.#options.cache?.save(() => this.#entries.saved([]))
  }

  async #take(files: KnownFile[], gone: string[], signal: AbortSignal): Promise<void> {
    const { concurrency, log, cache } = this.#options
    const entries: KnownEntry[] = []
    const seen = files.length > FEW ? await this.#index(entries) : (content: string) => this.#find(content, entries)
    const todo = files.values()
    const progress = setInterval(
      () => log.info({ done: entries.length, total: files.length }, 'loading known people'),
      PROGRESS_EVERY_MS,
    )
    const save = setInterval(() => void cache?.save(() => this.#entries.saved(entries)), SAVE_EVERY_MS)
    let away: unknown
    const work = async () => {
      for (const file of todo) {
        if (away !== undefined) return
        entries.push(await readKnownFile(file, this.#options, { seen, signal }))
      }
    }
    const orAway = (error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error
      away = error
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, () => work().catch(orAway)))
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
    if (files.length + gone.length > 0) void cache?.save(() => this.#entries.saved([]))
    // What was read counts; the rest is new to the next look.
    if (away !== undefined) throw away
  }

  /** The next gallery: without `gone`, with `changed` in place of those of their names. */
  async #publish(changed: KnownEntry[], gone: string[]): Promise<void> {
    await this.#publishing.run(async () => {
      await this.#show(await this.#entries.change(changed, gone))
      const tidied = await this.#entries.tidy()
      if (tidied) await this.#show(tidied)
    })
  }

  async #show(gallery: Gallery): Promise<void> {
    await this.#options.onGallery?.(gallery)
    this.#gallery = gallery
    images.set(gallery.images)
    people.set(gallery.people)
    generations.set(gallery.generation)
  }

  /** What is known by content, so that nothing is described twice; also what is added to `fresh` later. */
  async #index(fresh: readonly KnownEntry[]): Promise<(content: string) => Promise<DescribedEntry | undefined>> {
    const byContent = new Map<string, KnownEntry>()
    for await (const entries of this.#entries.slices())
      for (const entry of entries) if (entry.content !== undefined) byContent.set(entry.content, entry)
    let taken = 0
    return async (content) => {
      for (; taken < fresh.length; taken++) {
        const entry = fresh[taken] as KnownEntry
        if (entry.content !== undefined) byContent.set(entry.content, entry)
      }
      return this.#sameAs(byContent.get(content))
    }
  }

  /** The same for a few files, without an index of all. */
  async #find(content: string, fresh: readonly KnownEntry[]): Promise<DescribedEntry | undefined> {
    const isSame = (entry: KnownEntry) => entry.content === content
    const added = fresh.find(isSame)
    if (added) return this.#sameAs(added)
    for await (const entries of this.#entries.slices()) {
      const known = entries.find(isSame)
      if (known) return this.#sameAs(known)
    }
    return undefined
  }

  #sameAs(entry: KnownEntry | undefined): DescribedEntry | undefined {
    const descriptor = entry && this.#entries.descriptorOf(entry)
    if (!descriptor || !isDescribed(entry)) return undefined
    // A copy, since the memory of what was saved is given back at the first gallery.
    return { content: entry.content, faces: entry.faces, descriptor: descriptor.slice(), place: -1 }
  }
}
