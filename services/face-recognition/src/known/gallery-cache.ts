import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { counter, type Log } from '@livepods/service'
import { readGallery, type SavedGallery, writeGallery } from './gallery-file.ts'
import type { KnownEntry } from './known-entry.ts'
import { syncFolder } from './sync-folder.ts'

export interface GalleryCacheOptions {
  folder: string
  /** The engine of the embeddings (weights and revision of the code around them); embeddings of another engine are not used. */
  engine: string
  log: Log
}

const FILE = 'gallery.bin'
const TEMPORARY = /^\.gallery\.bin\./

const reads = counter({
  name: 'gallery_cache_reads_total',
  help: 'Attempts to start with saved descriptors, by how they ended.',
  labels: ['outcome'],
  values: ['read', 'absent', 'unreadable'],
})

/** The embeddings of the known images, saved in one file that is replaced as a whole, so that a start needs no inference. */
export class GalleryCache {
  readonly #options: GalleryCacheOptions
  #running: Promise<void> = Promise.resolve()
  #waiting: Promise<void> | undefined

  constructor(options: GalleryCacheOptions) {
    this.#options = options
  }

  /** The gallery that this engine saved last; empty, with a line in the log, when it cannot be read. */
  async read(): Promise<SavedGallery> {
    const { folder, engine, log } = this.#options
    try {
      await using file = await open(join(folder, FILE), 'r')
      const saved = await readGallery(file, engine)
      reads.inc({ outcome: 'read' })
      return saved
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
      reads.inc({ outcome: absent ? 'absent' : 'unreadable' })
      // Nothing is lost: the pictures are described again.
      if (!absent)
        log.warn({ err: error, folder }, 'gallery cache unusable: embeddings of known people are computed again')
      return { entries: [], descriptors: new Float32Array(0) }
    }
  }

  /**
   * Saves what `entries` gives when the save begins; calls that wait share one save. A failure is logged, and the next save or start
   * repairs it.
   */
  async save(entries: () => Iterable<KnownEntry>): Promise<void> {
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined
      this.#running = this.#write(entries())
      return this.#running
    })
    await this.#waiting
  }

  /** Waits for what is being saved. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#waiting ?? this.#running)
  }

  async #write(entries: Iterable<KnownEntry>): Promise<void> {
    const { folder, engine, log } = this.#options
    const temporary = `.${FILE}.${randomUUID()}`
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // What a crash left behind; of two processes that save at once the later one tries again at its next change.
      for (const name of await readdir(folder)) if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true })
      await using file = await open(join(folder, temporary), 'wx', 0o600)
      await writeGallery(file, engine, entries)
      await file.sync()
      await rename(join(folder, temporary), join(folder, FILE))
      await syncFolder(folder)
    } catch (error) {
      log.error({ err: error, folder }, 'gallery cache not saved')
      await rm(join(folder, temporary), { force: true }).catch(() => {})
    }
  }
}
