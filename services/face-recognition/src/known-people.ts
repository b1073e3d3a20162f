import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ImageRoots, openImage } from '@livepods/images'
import { counter, gauge, type Log } from '@livepods/service'
import { Gallery, type KnownImage } from './gallery.ts'
import { type KnownFile, listKnownFiles } from './known-files.ts'
import type { Matched, Matcher } from './matcher.ts'
import type { Recogniser } from './recogniser.ts'

export interface KnownPeopleOptions {
  roots: ImageRoots
  recogniser: Recogniser
  maxBytes: number
  /** Files that are described at once. */
  concurrency: number
  log: Log
}

/** What became of a file: a known image, or the sentence why not. */
type Entry = KnownFile & ({ image: KnownImage; faces: number } | { skipped: string })

const images = gauge({ name: 'gallery_images', help: 'Known images that faces are compared with.' })
const people = gauge({ name: 'gallery_people', help: 'Known people.' })
const skips = counter({ name: 'gallery_skipped_total', help: 'Known images left out.', labels: ['reason'] })

const PROGRESS_EVERY_MS = 2000
/** So many skipped images are named in the status. */
const NAMED = 20

/** The known people of a folder, kept up with what happens there. */
export class KnownPeople implements Matcher {
  readonly #options: KnownPeopleOptions
  #entries = new Map<string, Entry>()
  /** What the last look saw: a file counts when two looks in a row see the same, for it may be half copied. */
  #seen = new Map<string, string>()
  #gallery: Gallery

  constructor(options: KnownPeopleOptions) {
    this.#options = options
    this.#gallery = new Gallery(options.recogniser.engine, [])
  }

  get gallery(): Gallery {
    return this.#gallery
  }

  async match(descriptors: Float32Array[], threshold: number): Promise<Matched> {
    const gallery = this.#gallery
    return { gallery: gallery.hash, faces: descriptors.map((descriptor) => gallery.match(descriptor, threshold)) }
  }

  report(): object {
    const skipped = [...this.#entries.values()].flatMap((entry) =>
      'skipped' in entry ? [{ image: entry.name, reason: entry.skipped }] : [],
    )
    const several = [...this.#entries.values()].filter((entry) => 'image' in entry && entry.faces > 1)
    return {
      hash: this.#gallery.hash,
      images: this.#gallery.images.length,
      people: this.#gallery.people,
      withSeveralFaces: several.map(({ name }) => name).slice(0, NAMED),
      skippedImages: skipped.length,
      skipped: skipped.slice(0, NAMED),
    }
  }

  /** Takes what is there now, stable or not: what changes later is looked at again. Rejects only with the signal's reason. */
  async load(signal: AbortSignal): Promise<void> {
    const files = await listKnownFiles(this.#options.roots.knownPeople)
    this.#seen = stampsOf(files)
    await this.#take(files, signal)
  }

  /** Looks again every `everyMs` until the signal aborts; resolves then. Polling also sees what network volumes do not announce. */
  async watch(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await sleep(everyMs, undefined, { signal })
        await this.look(signal)
      } catch (error) {
        // What was loaded before still serves; the next look may succeed.
        if (!signal.aborted) this.#options.log.error({ err: error }, 'known people could not be looked at')
      }
    }
  }

  /** One look at the folder: takes the files that are new, changed or gone, once they are stable. */
  async look(signal: AbortSignal): Promise<void> {
    const files = await listKnownFiles(this.#options.roots.knownPeople)
    const stamps = stampsOf(files)
    const stable = files.filter(({ name, stamp }) => this.#seen.get(name) === stamp)
    // What changes, or went away since the last look (it may come back under another name), still counts as it was.
    const kept = [...this.#entries.values()].filter(
      ({ name }) => this.#seen.has(name) && this.#seen.get(name) !== stamps.get(name),
    )
    const wanted = [...stable, ...kept]
    this.#seen = stamps
    const changed = wanted.some(({ name, stamp }) => this.#entries.get(name)?.stamp !== stamp)
    if (changed || wanted.length !== this.#entries.size) await this.#take(wanted, signal)
  }

  async #take(files: KnownFile[], signal: AbortSignal): Promise<void> {
    const { concurrency, log, recogniser } = this.#options
    const byContent = new Map<string, Entry>()
    for (const entry of this.#entries.values()) if ('image' in entry) byContent.set(entry.image.content, entry)
    const entries: Entry[] = []
    const todo = files.values()
    const progress = setInterval(
      () => log.info({ done: entries.length, total: files.length }, 'loading known people'),
      PROGRESS_EVERY_MS,
    )
    const work = async () => {
      for (const file of todo) {
        const loaded = this.#entries.get(file.name)
        entries.push(loaded?.stamp === file.stamp ? loaded : await this.#read(file, byContent, signal))
      }
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, work))
    } finally {
      clearInterval(progress)
    }
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]))
    this.#gallery = new Gallery(
      recogniser.engine,
      entries.flatMap((entry) => ('image' in entry ? [entry.image] : [])),
    )
    images.set(this.#gallery.images.length)
    people.set(this.#gallery.people)
    const { skipped: _, ...loaded } = this.report() as { skipped: unknown }
    log.info(loaded, 'known people loaded')
  }

  async #read(file: KnownFile, byContent: Map<string, Entry>, signal: AbortSignal): Promise<Entry> {
    const { roots, recogniser, maxBytes, log } = this.#options
    const skip = (reason: string, sentence: string): Entry => {
      skips.inc({ reason })
      log.warn({ image: file.name, reason: sentence }, 'known image left out')
      return { ...file, skipped: sentence }
    }
    try {
      const bytes = await openImage(roots, `/known_people/${file.name}`, { maxBytes })
      const content = hash('sha256', bytes)
      const same = byContent.get(content)
      if (same && 'image' in same) return { ...same, ...file, image: { ...same.image, name: file.name } }
      const { faces } = await recogniser.describe(bytes, { signal, patient: true })
      const [largest] = faces
      if (!largest) return skip('no_face', 'There is no face on it.')
      if (faces.length > 1)
        log.warn({ image: file.name, faces: faces.length }, 'known image has several faces: the largest counts')
      const entry: Entry = {
        ...file,
        faces: faces.length,
        image: { name: file.name, content, descriptor: largest.descriptor },
      }
      byContent.set(content, entry)
      return entry
    } catch (error) {
      signal.throwIfAborted()
      return skip((error as Error).name, (error as Error).message)
    }
  }
}

function stampsOf(files: KnownFile[]): Map<string, string> {
  return new Map(files.map(({ name, stamp }) => [name, stamp]))
}
