import { hash } from 'node:crypto'
import { type ImageFormat, ImageMissingError, StoreUnavailableError, sniff } from '@livepods/images'
import type { DescribedCache } from '../engine/described-cache.ts'
import { checkSent } from '../engine/picture.ts'
import { keyOf, personOf, spellingsOf } from '../gallery/known-person.ts'
import { DeletedPeople } from './deleted-people.ts'
import { ChangeImpossibleError } from './known-change-error.ts'
import { type KnownEntry, personOn } from './known-entry.ts'
import { namesAfterMove, namesFor, requireImageName, requirePerson } from './known-name.ts'
import type { KnownPeople } from './known-people.ts'
import type { KnownStore } from './known-store.ts'
import { requireStore } from './known-store-away.ts'
import { Mutex } from './mutex.ts'

/** There is no such known image. */
export class KnownImageMissingError extends Error {
  override readonly name = 'KnownImageMissingError'
  readonly code = 'KNOWN_IMAGE_MISSING'
}

export interface KnownChangesOptions {
  store: KnownStore
  maxBytes: number
  known: KnownPeople
  recogniser: DescribedCache
}

export interface Changed {
  entry: KnownEntry
  /** False: nothing had to be changed. */
  changed: boolean
}

/**
 * Adds, removes and moves known images: first in their store, then in the gallery; resolves when both are done. One change at a time,
 * each idempotent. Throws ChangeRefusedError, ChangeImpossibleError, KnownImageMissingError, StoreUnavailableError, and
 * what describing a picture throws.
 */
export class KnownChanges {
  readonly #options: KnownChangesOptions
  readonly #mutex = new Mutex()
  /** Whole people, whose deletion can be undone for a while. */
  readonly people: DeletedPeople

  constructor(options: KnownChangesOptions) {
    this.#options = options
    this.people = new DeletedPeople({ ...options, mutex: this.#mutex })
  }

  async add(
    { content: bytes, person, name: wish }: { content: Buffer; person: string; name: string },
    signal: AbortSignal,
  ): Promise<Changed> {
    requirePerson(person)
    checkSent(bytes, this.#options.maxBytes)
    const content = hash('sha256', bytes)
    const names = namesFor({ person, wish, content, format: sniff(bytes) as ImageFormat })
    // A broken picture is refused before it is there; a good one is remembered, so that the gallery need not describe it again.
    await this.#options.recogniser.describe(bytes, { signal, lenient: true })
    return await this.#mutex.run(async () => {
      requireStore(this.#options.known)
      const same = await this.#same(person, content)
      if (same) return { entry: same, changed: false }
      for (const name of names) {
        const changed = await this.#options.store.put(name, bytes)
        if (changed || (await this.#contentOf(name)) === content) return { entry: await this.#refreshed(name), changed }
      }
      throw new ChangeImpossibleError('Other pictures have that name: choose another one.')
    })
  }

  /** False when there is no such image, or, with `content`, when the image is another one. */
  async remove({ imageName: name, content }: { imageName: string; content: string }): Promise<boolean> {
    requireImageName(name)
    return await this.#mutex.run(async () => {
      requireStore(this.#options.known)
      const entry = this.#options.known.entries.get(name)
      if (content !== '') {
        const found = await this.#contentOf(name)
        if (found !== undefined && found !== content)
          throw new ChangeImpossibleError('The image is not the one that was meant: its content is another.')
      }
      const removed = await this.#options.store.remove(name)
      await this.#options.known.refresh([name])
      if (entry?.content !== undefined) this.#options.recogniser.forget(entry.content)
      return removed
    })
  }

  async move({
    imageName: name,
    person,
    content: expected,
  }: {
    imageName: string
    person: string
    content: string
  }): Promise<Changed> {
    requireImageName(name)
    requirePerson(person)
    return await this.#mutex.run(async () => {
      requireStore(this.#options.known)
      const content = await this.#contentOf(name)
      if (content === undefined) return { entry: await this.#moved(name, person, expected), changed: true }
      if (expected !== '' && content !== expected)
        throw new ChangeImpossibleError('The image is not the one that was meant: its content is another.')
      const known = this.#options.known.entries.get(name)
      if ((known ? personOn(known) : personOf(name)) === keyOf(person))
        return { entry: await this.#refreshed(name), changed: false }
      const same = await this.#same(person, content)
      if (same) {
        await this.#options.store.remove(name)
        await this.#options.known.refresh([name])
        return { entry: same, changed: true }
      }
      for (const to of namesAfterMove({ name, person, content })) {
        if (await this.#options.store.move(name, to)) return { entry: await this.#refreshed(to, name), changed: true }
      }
      throw new ChangeImpossibleError('Other pictures of that person have its name: rename it first.')
    })
  }

  /** The image that a move before this one, whose answer was lost, gave to the person. */
  async #moved(name: string, person: string, content: string): Promise<KnownEntry> {
    await this.#options.known.refresh([name])
    const entry = content === '' ? undefined : await this.#same(person, content)
    if (!entry) throw new KnownImageMissingError(`There is no known image "${name}".`)
    return entry
  }

  /** The image of that person with that content. */
  async #same(person: string, content: string): Promise<KnownEntry | undefined> {
    for (const spelling of spellingsOf(keyOf(person))) {
      // The name of every image of a person begins with theirs.
      for (const entry of this.#options.known.entries.from(spelling)) {
        if (!entry.name.startsWith(spelling)) break
        if (entry.content !== content || personOn(entry) !== keyOf(person)) continue
        // The gallery may be behind the store.
        if ((await this.#contentOf(entry.name)) === content) return entry
      }
    }
    return undefined
  }

  async #refreshed(name: string, ...others: string[]): Promise<KnownEntry> {
    const { known } = this.#options
    await known.refresh([name, ...others])
    const entry = known.entries.get(name)
    if (!entry) throw new ChangeImpossibleError('The image went away in the meantime.')
    return entry
  }

  /** SHA-256 (hex) of the file; empty when it cannot be read, undefined when there is none. */
  async #contentOf(name: string): Promise<string | undefined> {
    const { store, maxBytes } = this.#options
    try {
      return hash('sha256', await store.open(name, { maxBytes }))
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      return error instanceof ImageMissingError ? undefined : ''
    }
  }
}
