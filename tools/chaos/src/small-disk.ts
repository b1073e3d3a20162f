import { execFile } from 'node:child_process'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BALLAST = 'ballast'
const PIECE = Buffer.alloc(64 * 1024)

/** A disk of a few hundred MB for one folder, in memory (tmpfs), that can be filled to the last byte. Needs root on Linux. */
export class SmallDisk implements AsyncDisposable {
  readonly #folder: string

  /** Undefined, with the reason announced, where it cannot be had. */
  static async mount(
    folder: string,
    megabytes: number,
    announce: (sentence: string) => void,
  ): Promise<SmallDisk | undefined> {
    await mkdir(folder, { recursive: true })
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'livepods-chaos', folder])
      return new SmallDisk(folder)
    } catch (error) {
      const why = process.getuid?.() === 0 ? (error as Error).message.trim() : 'this is not root'
      announce(`the disk cannot get full in this run: it takes a tmpfs, and ${why}`)
      return undefined
    }
  }

  private constructor(folder: string) {
    this.#folder = folder
  }

  async fill(): Promise<void> {
    const file = await open(join(this.#folder, BALLAST), 'w')
    try {
      for (let length = PIECE.length; length >= 1; ) {
        try {
          await file.write(PIECE, 0, length)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
          length = Math.floor(length / 2)
        }
      }
    } finally {
      await file.close()
    }
  }

  async clear(): Promise<void> {
    await rm(join(this.#folder, BALLAST), { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.#folder)
  }
}

/** Unmounts what is mounted in `folder` or below, such as the disk of a run that was killed. */
export async function unmount(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const points = mounts.split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const point of points) if (`${point}/`.startsWith(`${folder}/`)) await run('umount', [point])
}
