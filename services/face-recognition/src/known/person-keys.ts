import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@livepods/service'
import type { KnownImage } from '../gallery/gallery.ts'
import { personOf, stemOf } from '../gallery/known-person.ts'
import { distanceOf } from '../gallery/shared-gallery.ts'
import { syncFolder } from './sync-folder.ts'

export interface PersonKeysOptions {
  /** Largest distance of two faces of one person. */
  threshold: number
  /** Where the keys are kept across restarts; absent: nowhere. */
  folder?: string | undefined
  log: Log
}

const FILE = 'people.json'

/**
 * Whose the known images at the top level are. Those whose names give one key are one person where each looks like the first of them by
 * name; one that does not (P1000001 and P1000002 of one camera) has its whole stem as key. Decided once for each content and kept,
 * whatever comes later and whatever engine describes the faces.
 */
export class PersonKeys {
  readonly #options: PersonKeysOptions
  /** By content and the key that the name gives. */
  readonly #decided = new Map<string, string>()
  #isSaved = true

  constructor(options: PersonKeysOptions) {
    this.#options = options
  }

  /** Reads what was kept; without it everything is decided anew. */
  async load(): Promise<void> {
    const { folder, log } = this.#options
    if (folder === undefined) return
    try {
      for (const [of, key] of JSON.parse(await readFile(join(folder, FILE), 'utf8')) as [string, string][])
        this.#decided.set(of, key)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn({ err: error, folder }, 'keys of known people unusable: they are decided anew')
    }
  }

  /**
   * The keys of images, by name. `first` gives the descriptor of the image that is known already, the first by name, of a key.
   */
  decide(images: readonly KnownImage[], first: (key: string) => Float32Array | undefined): Map<string, string> {
    const firsts = new Map<string, Float32Array>()
    const keys = new Map<string, string>()
    for (const image of images.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const shared = personOf(image.name)
      const alone = stemOf(image.name)
      const key = shared === alone ? shared : this.#keyOf(image, { shared, alone }, firsts.get(shared) ?? first(shared))
      if (key === shared && !image.name.includes('/') && !firsts.has(shared))
        firsts.set(shared, first(shared) ?? image.descriptor)
      keys.set(image.name, key)
    }
    return keys
  }

  #keyOf(
    { content, descriptor }: KnownImage,
    { shared, alone }: { shared: string; alone: string },
    first: Float32Array | undefined,
  ): string {
    const of = `${content} ${shared}`
    const known = this.#decided.get(of)
    if (known !== undefined) return known
    const key = !first || distanceOf(first, descriptor) <= this.#options.threshold ? shared : alone
    this.#decided.set(of, key)
    this.#isSaved = false
    return key
  }

  /** Keeps what was decided since; a failure is logged, and the next save repairs it. */
  async save(): Promise<void> {
    const { folder, log } = this.#options
    if (folder === undefined || this.#isSaved) return
    const temporary = join(folder, `.${FILE}.${randomUUID()}`)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      this.#isSaved = true
      await using file = await open(temporary, 'wx', 0o600)
      await file.writeFile(JSON.stringify([...this.#decided]))
      await file.sync()
      await rename(temporary, join(folder, FILE))
      await syncFolder(folder)
    } catch (error) {
      this.#isSaved = false
      log.error({ err: error, folder }, 'keys of known people not saved')
      await rm(temporary, { force: true }).catch(() => {})
    }
  }
}
