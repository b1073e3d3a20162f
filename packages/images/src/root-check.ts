import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreUnavailableError } from './store-errors.ts'
import { UPLOADS } from './upload.ts'

/**
 * Tells a folder of pictures that is there from one that is away: absent, not mounted, or not to be read. A mount point without its volume
 * is an empty folder like any other, so it counts as away only where this process has seen another folder in its place with something in
 * it; it is there again when that one is back, or as soon as something lies in the new one.
 */
export class RootCheck {
  /** Which folder it was that had something in it: device and inode, by path. */
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
    // Pictures in it can be opened by their names; a file in its place has none.
    await access(`${root}/.`, constants.X_OK)
    return `${dev}:${ino}`
  } catch (error) {
    throw away((error as NodeJS.ErrnoException).code ?? (error as Error).message, { cause: error })
  }
}

/** Whether anything lies in it but the folders that we make ourselves. One that cannot be listed may be used all the same. */
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
