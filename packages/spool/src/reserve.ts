import { join } from 'node:path'
import type { Files } from './files.ts'
import { writeAll } from './segment-writer.ts'
import { isNoRoom, SpoolError } from './spool-error.ts'

const FILE = 'reserve'
const BYTES = 64 * 1024

/** Room on the disk for what begins a segment: without it a full disk could never let go of the segment before. */
export class Reserve {
  readonly #files: Files
  readonly #folder: string
  #isThere: boolean

  /** `names` are those in the folder. */
  constructor(files: Files, folder: string, names: readonly string[]) {
    this.#files = files
    this.#folder = folder
    this.#isThere = names.includes(FILE)
  }

  /** Takes the room, if it is not taken and the disk has it. */
  async take(): Promise<void> {
    if (this.#isThere) return
    try {
      const file = await this.#files.open(join(this.#folder, FILE), { create: true })
      try {
        await writeAll(file, Buffer.alloc(BYTES), 0)
        await file.sync()
      } finally {
        await file.close()
      }
      this.#isThere = true
    } catch (error) {
      if (!(error instanceof SpoolError || isNoRoom(error))) throw error
      await this.#remove()
    }
  }

  /** Gives the room back; false when there is none. */
  async give(): Promise<boolean> {
    const wasThere = this.#isThere
    if (wasThere) await this.#remove()
    return wasThere
  }

  /** Some file systems have the room only when the folder is synced. */
  async #remove(): Promise<void> {
    this.#isThere = false
    await this.#files.remove(join(this.#folder, FILE))
    await this.#files.syncFolder(this.#folder)
  }
}
