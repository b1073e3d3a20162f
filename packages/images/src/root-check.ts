import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreUnavailableError } from './store-errors.ts'
import { UPLOADS } from './upload.ts'

/**
 * Finds out whether a folder of pictures is away: absent, not mounted, or not readable. A mount point without its volume looks like any
 * empty folder. So an empty folder counts as away only if this process has seen another folder, not empty, at the same path; it is there
 * again when that folder is back, or when the new one is not empty any more.
 */
export class RootCheck {
  /** Device and inode of the last folder that was not empty, by path. */
  readonly #filled = new Map<string, string>()

  /** Throws StoreUnavailableError. */
  async run(root: string): Promise<void> {
    const identity = await identityOf(root)
    const before = this.#filled.get(root)
    if (before === identity) return
    if (await isFilled(root)) this.#filled.set(root, identity)
    else if (before !== undefined) throw away('it is empty and was not: is its volume mounted?')
  }
}

async function identityOf(root: string): Promise<string> {
  try {
    const { dev, ino } = await stat(root, { bigint: true })
    // Fails unless it is a folder in which files can be opened.
    await access(`${root}/.`, constants.X_OK)
    return `${dev}:${ino}`
  } catch (error) {
    throw away((error as NodeJS.ErrnoException).code ?? (error as Error).message, { cause: error })
  }
}

/** Whether it holds more than the folders that we make ourselves. A folder that cannot be listed counts as filled: it may be usable. */
async function isFilled(root: string): Promise<boolean> {
  try {
    const names = await readdir(root)
    if (names.some((name) => name !== UPLOADS)) return true
    if (names.length === 0) return false
    return (await readdir(join(root, UPLOADS))).some((name) => name !== '.incoming')
  } catch {
    return true
  }
}

function away(why: string, options?: ErrorOptions): StoreUnavailableError {
  return new StoreUnavailableError(`The folder of pictures cannot be used (${why}).`, options)
}
