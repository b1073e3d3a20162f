import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gauge } from '@livepods/service'
import type { Gallery } from '../gallery/gallery.ts'
import { DESCRIPTOR_LENGTH } from '../gallery/shared-gallery.ts'
import type { GalleryCache } from './gallery-cache.ts'
import type { SavedGallery } from './gallery-file.ts'
import { KnownEntries } from './known-entries.ts'
import {
  type DescribedEntry,
  isDescribed,
  type KnownEntry,
  type ReadOptions,
  readKnownFile,
  type Unread,
} from './known-entry.ts'
import type { KnownFile, LeftOut } from './known-files.ts'
import { KnownLoss } from './known-loss.ts'
import { KnownState, type Vanished } from './known-state.ts'
import type { KnownStore } from './known-store.ts'
import { KnownStoreAwayError } from './known-store-away.ts'
import { Mutex } from './mutex.ts'
import { PersonKeys } from './person-keys.ts'

export interface KnownPeopleOptions extends ReadOptions {
  store: Pick<KnownStore, 'visit' | 'stat' | 'open' | 'ping'>
  /** Files that are described at the same time. */
  concurrency: number
  /** Saves embeddings across restarts. */
  cache?: GalleryCache | undefined
  /** Whose images are; without it by their names and faces, decided anew with each start. */
  keys?: PersonKeys
  /** Called with the SHA-256 of images that are confirmed gone. */
  forget?: (content: string) => void
  /** Awaited with every new gallery, before anything says that it is there. */
  onGallery?: (gallery: Gallery) => Promise<void> | void
  /**
   * Trust the store: a loss is taken at once, and a store that is away is an error. For the command line, whose user has just named the
   * folder.
   */
  believing?: boolean
  /** Milliseconds since 1970. */
  now?: () => number
}

const images = gauge({ name: 'gallery_images', help: 'Known images that faces are compared with.' })
const people = gauge({ name: 'gallery_people', help: 'Known people.' })
const generations = gauge({ name: 'gallery_generation', help: 'Changes of the known people since the start.' })

/** The default of FACE_THRESHOLD. */
const THRESHOLD = 0.6
const PROGRESS_EVERY_MS = 2000
const RETRY_MS = 1000
/** Tries to read a file during the load. */
const LOAD_TRIES = 3
/** Later the tries come further and further apart: at most so many scans. */
const MAX_SCANS_APART = 16
/** During a long load the cache is saved at this interval: a restart continues from there. */
const SAVE_EVERY_MS = 30_000
/** Folders that are kept for FolderHints, which watches no more. */
const MAX_FOLDERS = 256
/** For more files than this an index by content is built; for fewer a search for each is quicker. */
const FEW = 16
/** Files that are passed over and remembered; there may be very many. */
const MAX_LEFT_OUT = 1000
/** Skipped images that /status names; the rest is a number. */
const NAMED = 20

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)

/** Somebody confirmed a loss, and other images are held now. */
export class LossChangedError extends Error {
  override readonly name = 'LossChangedError'
  readonly code = 'LOSS_CHANGED'

  constructor() {
    super(
      'In the meantime other known images vanished, or some are back. Look at what is missing now, and confirm that.',
    )
  }
}

/** The known people of a folder or bucket, kept up to date by scans. */
export class KnownPeople {
  readonly #options: KnownPeopleOptions
  readonly #entries: KnownEntries
  readonly #keys: PersonKeys
  #gallery: Gallery
  /**
   * Stamps of files that are new or changed since the last scan: they count when two scans in a row see the same, for they may be half
   * copied.
   */
  #unsettled = new Map<string, string>()
  /** Names that the last scan missed: the files may have been renamed, so they stay in the gallery until the next scan. */
  #missed = new Set<string>()
  /** Names that this service changed while a scan was running: what the scan saw of them is outdated. */
  readonly #touched = new Set<string>()
  readonly #publishing = new Mutex()
  readonly #state: KnownState
  readonly #loss: KnownLoss
  /** Images that the previous process had saved as held, and since when. */
  readonly #heldBefore = new Map<string, number>()
  /** Names of files whose last read failed in the store. */
  readonly #withheld = new Set<string>()
  #folders: ReadonlySet<string> = new Set()
  /** What the last scan passed over, by name: why. */
  #leftOut: ReadonlyMap<string, string> = new Map()
  #scans = 0
  #scanMs = 0

  constructor(options: KnownPeopleOptions) {
    this.#options = options
    this.#entries = new KnownEntries(options.recogniser.engine)
    this.#keys = options.keys ?? new PersonKeys({ threshold: THRESHOLD, log: options.log })
    this.#gallery = this.#entries.gallery()
    const { log, now = Date.now } = options
    this.#state = new KnownState({ log, now })
    this.#loss = new KnownLoss(this.#entries, now)
  }

  /** How the last scan found the store. */
  get state(): Pick<KnownState, 'report' | 'obstacle'> {
    return this.#state
  }

  get gallery(): Gallery {
    return this.#gallery
  }

  /** All files in the order of their names, skipped ones included. */
  get entries(): KnownEntries {
    return this.#entries
  }

  /** The first folders with images in them, relative to the root, as the last scan saw them. */
  get folders(): ReadonlySet<string> {
    return this.#folders
  }

  /** Images that are skipped. */
  get skipped(): number {
    return this.#entries.size - this.#gallery.images
  }

  /** Milliseconds that the last scan of all files took, without describing what was new. */
  get scanMs(): number {
    return this.#scanMs
  }

  /** The next scan may see more than the last one. */
  get unsettled(): boolean {
    return this.#unsettled.size + this.#missed.size > 0
  }

  /** By whom nobody is recognised, images and what is passed over, and why: the first `most` of all. */
  skippedFiles(most: number): { files: LeftOut[]; total: number } {
    const skipped = [...this.#entries.unusual].flatMap((entry) =>
      isDescribed(entry) ? [] : [{ name: entry.name, reason: entry.skipped }],
    )
    const passedOver = [...this.#leftOut].map(([name, reason]) => ({ name, reason }))
    return {
      files: [...skipped.sort(byName), ...passedOver.sort(byName)].slice(0, most),
      total: skipped.length + passedOver.length,
    }
  }

  report(): object {
    const { hash, generation, images, people } = this.#gallery
    const several = [...this.#entries.unusual].filter(isDescribed).sort(byName)
    const skipped = this.skippedFiles(NAMED)
    return {
      hash,
      generation,
      images,
      people,
      withSeveralFaces: several.map(({ name }) => name).slice(0, NAMED),
      skippedImages: skipped.total,
      skipped: skipped.files.map(({ name, reason }) => ({ image: name, reason })),
    }
  }

  /**
   * Loads what is there now, stable or not: later changes are found by scans. While the store is away the saved gallery is used; without
   * one, an absent folder means nobody is known, and any other fault is retried. Rejects only with the signal's reason.
   */
  async load(signal: AbortSignal): Promise<void> {
    const { cache, believing } = this.#options
    const saved = await cache?.read()
    for (const { name, heldSince } of saved?.entries ?? [])
      if (heldSince !== undefined) this.#heldBefore.set(name, heldSince)
    await this.#keys.load()
    if (saved) {
      this.#name(saved.entries.filter(isDescribed).map((entry) => [entry, descriptorIn(saved, entry)]))
      await this.#entries.restore(saved)
    }
    for (let tries = 1; ; tries++) {
      try {
        const { different, absent } = await this.#visit()
        await this.#take(different, absent, signal)
        if (this.#withheld.size === 0 || tries >= LOAD_TRIES || believing) return
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof KnownStoreAwayError) || believing) throw error
        if (this.#entries.size > 0 || error.absent) return await this.#publish([], [])
      }
      await sleep(RETRY_MS, undefined, { signal })
    }
  }

  /** Scans the folder once: takes the files that are new, changed or gone, once they are stable. Rejects with KnownStoreAwayError. */
  async scan(signal: AbortSignal): Promise<void> {
    this.#touched.clear()
    const { different, absent } = await this.#visit()
    const changed = different.filter(({ name, stamp }) => this.#unsettled.get(name) === stamp)
    this.#unsettled = new Map(different.map(({ name, stamp }) => [name, stamp]))
    for (const { name } of changed) this.#unsettled.delete(name)
    const { held } = this.#state
    const gone = absent.filter((name) => this.#missed.has(name) || held.has(name))
    this.#missed = new Set(absent.filter((name) => !this.#missed.has(name) && !held.has(name)))
    const isSame = gone.length === held.size && gone.every((name) => held.has(name))
    if (changed.length > 0 || !isSame) await this.#take(changed, gone, signal)
  }

  /** The files that are new or changed, and the names of the known ones that are not there. */
  async #visit(): Promise<{ different: KnownFile[]; absent: string[] }> {
    const begun = performance.now()
    const scan = ++this.#scans
    const different: KnownFile[] = []
    const folders = new Set<string>()
    const unreadable: string[] = []
    const leftOut = new Map<string, string>()
    const see = (file: KnownFile) => {
      if (folders.size < MAX_FOLDERS) folders.add(dirname(file.name))
      const entry = this.#entries.get(file.name)
      if (!entry?.unread?.vanished && entry) entry.scan = scan
      if (entry?.unread ? isDue(entry, file, scan) : entry?.stamp !== file.stamp) different.push(file)
    }
    try {
      await this.#options.store.visit(
        see,
        ({ name, code }) => {
          unreadable.push(`${name} (${code})`)
          this.#keep(name, scan)
        },
        ({ name, reason }) => {
          if (leftOut.size < MAX_LEFT_OUT) leftOut.set(name, reason)
        },
      )
    } catch (error) {
      if (error instanceof KnownStoreAwayError) this.#state.away(error, this.#entries.images)
      throw error
    }
    this.#state.back()
    this.#folders = folders
    for (const [image, reason] of leftOut)
      if (!this.#leftOut.has(image)) this.#options.log.warn({ image, reason }, 'known image skipped')
    this.#leftOut = leftOut
    const absent: string[] = []
    for await (const entries of this.#entries.slices())
      for (const entry of entries) if (entry.scan !== scan && !this.#touched.has(entry.name)) absent.push(entry.name)
    for (const name of this.#withheld) {
      const entry = this.#entries.get(name)
      if (entry?.unread && entry.scan === scan) unreadable.push(name)
      else this.#withheld.delete(name)
    }
    this.#state.unreadable(unreadable)
    this.#scanMs = performance.now() - begun
    return { different, absent }
  }

  /** Keeps an unreadable file, or all files of an unreadable folder: they may be unchanged. */
  #keep(part: string, scan: number): void {
    const entry = this.#entries.get(part)
    if (entry) entry.scan = scan
    for (const entry of this.#entries.from(`${part}/`)) {
      if (!entry.name.startsWith(`${part}/`)) return
      entry.scan = scan
    }
  }

  /**
   * Confirms the loss of the held images; resolves when they have left the gallery. False when nothing is held. Rejects with
   * LossChangedError when another loss is held now, and with KnownStoreAwayError.
   */
  async confirmGone(loss: string): Promise<boolean> {
    const { held } = this.#state
    if (held.size === 0) return false
    const back = new Set<string>()
    const see = ({ name, stamp }: KnownFile) => {
      const unread = this.#entries.get(name)?.unread
      if (held.has(name) && !(unread?.vanished && unread.stamp === stamp)) back.add(name)
    }
    let isWhole = true
    await this.#options.store.visit(see, () => (isWhole = false))
    // The next scan tells what it is now.
    if (this.#state.loss !== loss || back.size > 0 || !isWhole) throw new LossChangedError()
    const contents = [...held].flatMap((name) => this.#entries.get(name)?.content ?? [])
    await this.#publish([], [...held])
    this.#state.release('confirmed')
    this.#loss.forget()
    for (const content of contents) this.#options.forget?.(content)
    await this.#options.cache?.save(() => this.#saved([]))
    return true
  }

  /**
   * Reads these files only, at once: this service has changed them, and they are complete. Resolves when the gallery and the cache are up
   * to date.
   */
  async refresh(names: string[], signal = new AbortController().signal): Promise<void> {
    for (const name of names) this.#touched.add(name)
    const entries: KnownEntry[] = []
    const seen = (content: string) => this.#find(content, entries)
    for (const name of names) {
      const file = await this.#options.store.stat(name)
      if (!file) continue
      const entry = await readKnownFile(file, this.#options, { seen, signal })
      this.#postponed(entry, undefined)
      entries.push(entry)
    }
    await this.#publish(entries, names)
    await this.#options.cache?.save(() => this.#saved([]))
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
    const save = setInterval(() => void cache?.save(() => this.#saved(entries)), SAVE_EVERY_MS)
    let away: KnownStoreAwayError | undefined
    const work = async () => {
      for (const file of todo) {
        if (away !== undefined) return
        entries.push(await readKnownFile(file, this.#options, { seen, signal }))
      }
    }
    const orAway = (error: unknown) => {
      if (!(error instanceof KnownStoreAwayError)) throw error
      away = error
      this.#state.away(error, this.#entries.images)
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, () => work().catch(orAway)))
    } finally {
      clearInterval(progress)
      clearInterval(save)
    }
    const { counted, left, isHeldAnew } = await this.#judge(entries, { gone, isAway: away !== undefined })
    const outdated = (name: string) => this.#touched.has(name)
    const changed = counted.filter(({ name }) => !outdated(name))
    const removed = left.filter((name) => !outdated(name))
    if (changed.length + removed.length > 0 || this.#gallery.generation === 0) {
      await this.#publish(changed, removed)
      const { skipped: _, ...loaded } = this.report() as { skipped: unknown }
      log.info(loaded, 'known people loaded')
    }
    if (changed.length + removed.length > 0 || isHeldAnew) void cache?.save(() => this.#saved([]))
    // What was read is used; the rest is new to the next scan.
    if (away !== undefined) throw away
  }

  /**
   * Filters what was read and what is gone: without files that the store withholds, and without a loss that is too large to be believed.
   */
  async #judge(
    read: KnownEntry[],
    { gone, isAway }: { gone: string[]; isAway: boolean },
  ): Promise<{ counted: KnownEntry[]; left: string[]; isHeldAnew: boolean }> {
    const counted: KnownEntry[] = []
    const broken: KnownEntry[] = []
    for (const entry of read) {
      const known = this.#entries.get(entry.name)
      const isLost = known && isDescribed(known) && !isDescribed(entry) && entry.content === undefined
      if (this.#postponed(entry, known) && isLost) known.unread = entry.unread
      else (isLost ? broken : counted).push(entry)
    }
    // What seems to be gone or broken may be in a store that is away.
    if (isAway) return { counted, left: [], isHeldAnew: false }
    const names = new Set([...gone, ...broken.map(({ name }) => name)])
    for (const { name } of counted) names.delete(name)
    const vanished = this.#options.believing ? [] : await this.#loss.vanished(names, read)
    if (!this.#isTooLarge(vanished)) {
      this.#heldBefore.clear()
      this.#loss.believe(vanished.length)
      return { counted: [...counted, ...broken], left: gone, isHeldAnew: this.#state.release('back') }
    }
    const [since] = vanished.flatMap(({ name }) => this.#heldBefore.get(name) ?? [])
    this.#heldBefore.clear()
    const isHeldAnew = this.#state.hold(vanished, { known: this.#entries.images, since })
    const { held } = this.#state
    for (const { name, stamp } of broken) {
      const known = this.#entries.get(name)
      if (known && held.has(name)) known.unread = this.#later(known.unread, { stamp, vanished: true })
    }
    return {
      counted: [...counted, ...broken.filter(({ name }) => !held.has(name))],
      left: gone.filter((name) => !held.has(name)),
      isHeldAnew,
    }
  }

  /** Held images stay held until all of them are back or the loss is confirmed, also while files come back one by one. */
  #isTooLarge(vanished: Vanished[]): boolean {
    if (vanished.length > 0 && this.#state.held.size > 0) return true
    if (vanished.some(({ name }) => this.#heldBefore.has(name))) return true
    return this.#loss.isTooLarge(vanished.length, this.#entries.images)
  }

  /** To be saved: what is known and what is added to it, and what of that is held. */
  *#saved(added: readonly KnownEntry[]): Generator<KnownEntry> {
    const { held, heldSince } = this.#state
    for (const entry of this.#entries.saved(added)) yield held.has(entry.name) ? { ...entry, heldSince } : entry
  }

  /** Whether the file of the entry could not be read; then it is read again at a later scan. */
  #postponed(entry: KnownEntry, known: KnownEntry | undefined): boolean {
    if (!('withheld' in entry)) return false
    this.#withheld.add(entry.name)
    entry.unread = this.#later(known?.unread, { stamp: entry.stamp, vanished: false })
    return true
  }

  /** The next try, with exponential back-off. */
  #later(before: Unread | undefined, file: Pick<Unread, 'stamp' | 'vanished'>): Unread {
    const tries = (before?.tries ?? 0) + 1
    return { ...file, tries, again: this.#scans + Math.min(2 ** (tries - 1), MAX_SCANS_APART) }
  }

  /** The next gallery: without `gone`, with `changed` in place of those of their names. */
  async #publish(changed: KnownEntry[], gone: string[]): Promise<void> {
    await this.#publishing.run(async () => {
      const described = changed.flatMap((entry) =>
        isDescribed(entry) && entry.descriptor ? [[entry, entry.descriptor] as const] : [],
      )
      this.#name(described, new Set([...gone, ...changed.map(({ name }) => name)]))
      await this.#keys.save()
      await this.#show(await this.#entries.change(changed, gone))
      const tidied = await this.#entries.tidy()
      if (tidied) await this.#show(tidied)
    })
  }

  /** Says whose the images are. Those `without` are replaced, or gone. */
  #name(
    described: readonly (readonly [KnownEntry & DescribedEntry, Float32Array])[],
    without: ReadonlySet<string> = new Set(),
  ): void {
    const images = described.map(([{ name, content }, descriptor]) => ({ name, content, descriptor }))
    const keys = this.#keys.decide(images, (key) => this.#entries.firstOf(key, without))
    for (const [entry] of described) entry.person = keys.get(entry.name)
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

function descriptorIn({ descriptors }: SavedGallery, { place }: DescribedEntry): Float32Array {
  return descriptors.subarray(place * DESCRIPTOR_LENGTH, (place + 1) * DESCRIPTOR_LENGTH)
}

/** Whether a file that could not be read is worth another try. */
function isDue({ unread }: KnownEntry, file: KnownFile, scan: number): boolean {
  return unread !== undefined && (unread.stamp !== file.stamp || scan >= unread.again)
}
