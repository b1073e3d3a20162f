import { link, mkdir, open, readdir, readFile, realpath, rename, stat, unlink, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf, translateDiskErrors } from './disk-errors.ts'
import type { ImageFileStore, StoredUpload } from './image-file-store.ts'
import { imageStamp, type ReadImage, readImage } from './open-image.ts'
import { PathRefusedError } from './path.ts'
import { RootCheck } from './root-check.ts'
import type { ImageRoots } from './roots.ts'
import { isUpload, UPLOADS } from './upload.ts'
import { sumOf } from './upload-sum.ts'

/** Pictures in folders of this machine, or of a volume that it shares with others. */
export class FolderStore implements ImageFileStore {
  readonly #roots: ImageRoots
  readonly #check = new RootCheck()

  constructor(roots: ImageRoots) {
    this.#roots = roots
  }

  /** On the volume of the uploads, so that a file moves there by a link. */
  async stagingFolder(): Promise<string> {
    await this.ping()
    return await translateDiskErrors(async () => {
      // No folder is made in place of a volume that is not mounted: the mount would later hide what was stored in it.
      const folder = join(await realpath(this.#roots.unknownPeople), UPLOADS, '.incoming')
      await mkdir(folder, { recursive: true })
      return folder
    })
  }

  check(path: string): void {
    this.#roots.locate(path)
  }

  canonical(path: string): string {
    return this.#roots.canonical(path)
  }

  async open(path: string, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
    return (await this.read(path, { maxBytes })).bytes
  }

  async read(path: string, { maxBytes }: { maxBytes: number }): Promise<ReadImage> {
    const image = await this.#inRoot(path, () => readImage(this.#roots, path, { maxBytes }))
    await this.#roots.checkSum(path, image.bytes)
    return image
  }

  async stamp(path: string): Promise<string> {
    return await this.#inRoot(path, () => imageStamp(this.#roots, path))
  }

  async putIfAbsent(path: string, staged: string): Promise<boolean> {
    return await translateDiskErrors(async () => {
      const target = await this.#locate(path)
      try {
        await link(staged, target)
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
        if (await isOther(target)) await replace(staged, target)
        const now = new Date()
        await utimes(target, now, now)
        return false
      }
      await syncFolder(dirname(target))
      return true
    })
  }

  async *list(): AsyncIterable<StoredUpload> {
    await this.ping()
    const folder = join(this.#roots.unknownPeople, UPLOADS)
    const names = await translateDiskErrors(() => readdir(folder).catch(absent([])))
    for (const name of names) {
      const path = `${UPLOADS}/${name}`
      const stats =
        isUpload(path) && (await translateDiskErrors(() => stat(join(folder, name)).catch(absent(undefined))))
      if (stats) yield { path, at: stats.mtime }
    }
  }

  async remove(path: string, before?: Date): Promise<boolean> {
    if (!isUpload(path)) throw new PathRefusedError('Only uploads are removed; this picture belongs to someone else.')
    // Otherwise an unreachable upload would count as gone, and its row would be deleted.
    await this.ping()
    return await translateDiskErrors(async () => {
      try {
        const file = await this.#locate(path)
        // Checked immediately before the removal: a client may be uploading it again.
        if (before && (await stat(file)).mtime >= before) return false
        await unlink(file)
        return true
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return false
        throw error
      }
    })
  }

  isApart(path: string): boolean {
    return this.#roots.locate(path).root !== this.#roots.unknownPeople
  }

  async ping(path?: string): Promise<void> {
    await this.#check.run(path === undefined ? this.#roots.unknownPeople : this.#roots.locate(path).root)
  }

  /** Pings the root before and after a failure: while the root is away, a missing file says nothing of the picture. */
  async #inRoot<T>(path: string, work: () => Promise<T>): Promise<T> {
    await this.ping(path)
    try {
      return await work()
    } catch (error) {
      await this.ping(path)
      throw error
    }
  }

  /** Where an upload lies, when its folder is no link to somewhere else. */
  async #locate(path: string): Promise<string> {
    const root = await realpath(this.#roots.unknownPeople)
    const folder = join(root, UPLOADS)
    if ((await realpath(folder)) !== folder)
      throw new PathRefusedError('The folder of uploads is a link to somewhere else.')
    return join(root, path)
  }
}

/** Whether the SHA-256 of the bytes is not the one in the name: the file is half copied, or damaged. */
async function isOther(upload: string): Promise<boolean> {
  return !basename(upload).startsWith(await sumOf(await readFile(upload)))
}

async function replace(staged: string, target: string): Promise<void> {
  const beside = `${staged}.again`
  await link(staged, beside)
  await rename(beside, target)
  await syncFolder(dirname(target))
}

/** Syncs a folder, so that what was linked into it survives a loss of power. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

const absent =
  <T>(value: T) =>
  (error: unknown): T => {
    if (codeOf(error) === 'ENOENT') return value
    throw error
  }
