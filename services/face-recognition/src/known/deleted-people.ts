import { hash } from 'node:crypto'
import { StoreUnavailableError } from '@livepods/images'
import type { DescribedCache } from '../engine/described-cache.ts'
import { ChangeImpossibleError, ImageGoneError } from './known-change-error.ts'
import type { KnownEntry } from './known-entry.ts'
import { isImageName, namesBeside, requirePerson } from './known-name.ts'
import type { KnownPeople } from './known-people.ts'
import { deletedName, type KnownStore } from './known-store.ts'
import { requireStore } from './known-store-away.ts'
import type { Mutex } from './mutex.ts'

interface DeletedPeopleOptions {
  store: KnownStore
  maxBytes: number
  known: KnownPeople
  recogniser: DescribedCache
  /** Changes of known people are made one at a time. */
  mutex: Mutex
}

/** Known images of deleted people: set aside, restored or purged; each call is idempotent. Throws as KnownChanges does. */
export class DeletedPeople {
  readonly #options: DeletedPeopleOptions

  constructor(options: DeletedPeopleOptions) {
    this.#options = options
  }

  /** Sets images aside under the key of their person; how many were there. Their embeddings stay cached, for undo. */
  async delete({ person, imageNames }: { person: string; imageNames: string[] }): Promise<number> {
    requirePerson(person)
    const { known, mutex } = this.#options
    return await mutex.run(async () => {
      requireStore(known)
      const names = imageNames.filter(isImageName)
      let moved = 0
      try {
        for (const name of names) if (await this.#move(name, deletedName(person, name))) moved++
      } finally {
        // Also those that another replica has set aside: they did not vanish.
        await known.refresh(names)
      }
      return moved
    })
  }

  async undelete(person: string): Promise<KnownEntry[]> {
    requirePerson(person)
    const { store, known, mutex } = this.#options
    return await mutex.run(async () => {
      requireStore(known)
      const back: string[] = []
      try {
        for (const name of await store.deleted(person)) {
          const to = await this.#move(deletedName(person, name), name)
          if (to) back.push(to)
        }
      } finally {
        if (back.length > 0) await known.refresh(back)
      }
      // Their folders.
      await store.purge(person)
      return back.flatMap((name) => known.entries.get(name) ?? [])
    })
  }

  async purge(person: string): Promise<number> {
    requirePerson(person)
    const { store, recogniser, mutex } = this.#options
    return await mutex.run(async () => {
      const names = await store.deleted(person)
      for (const name of names) {
        const content = await this.#contentOf(deletedName(person, name))
        if (content !== undefined) recogniser.forget(content)
      }
      await store.purge(person)
      return names.length
    })
  }

  /** The name that the image has then; undefined when there is none to move. */
  async #move(from: string, to: string): Promise<string | undefined> {
    const { store } = this.#options
    try {
      if (await store.move(from, to)) return to
      const content = await this.#contentOf(from)
      // A move that was cut in two, or somebody put the same picture there again.
      if (content !== undefined && content === (await this.#contentOf(to))) {
        await store.remove(from)
        return to
      }
      const [, beside] = content === undefined ? [] : namesBeside(to, content)
      if (beside !== undefined && (await store.move(from, beside))) return beside
    } catch (error) {
      if (error instanceof ImageGoneError) return undefined
      throw error
    }
    throw new ChangeImpossibleError('Another picture has its name: rename that one first.')
  }

  /** SHA-256 (hex) of what can be read. */
  async #contentOf(name: string): Promise<string | undefined> {
    const { store, maxBytes } = this.#options
    try {
      return hash('sha256', await store.open(name, { maxBytes }))
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      return undefined
    }
  }
}
