import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { naming } from './disk-faults.ts'
import type { FolderStore } from './folder-store.ts'
import { PathRefused } from './path.ts'
import type { PictureStore, StoredUpload } from './picture-store.ts'
import type { ImageRoots } from './roots.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { isUpload, UPLOADS } from './upload.ts'

export interface S3StoreOptions {
  bucket: S3Bucket
  /** Before every key; '' or ending in "/". */
  prefix: string
  roots: ImageRoots
  /** For pictures under further roots: those lie on disk. */
  folders: FolderStore
}

/** An upload that is older than this when it comes again is put again, so that its age begins anew. */
const YOUNG_MS = 10 * 60_000

/** Pictures in S3: `<prefix>unknown_people/<relative path>` and `<prefix>known_people/…`; further roots are folders. */
export class S3Store implements PictureStore, AsyncDisposable {
  readonly #options: S3StoreOptions
  readonly #bucket: S3Bucket

  constructor(options: S3StoreOptions) {
    this.#options = options
    this.#bucket = options.bucket
  }

  async gathering(): Promise<string> {
    const folder = join(tmpdir(), 'livepods-incoming')
    await naming(() => mkdir(folder, { recursive: true }))
    return folder
  }

  check(path: string): void {
    this.#options.roots.locate(path)
  }

  async open(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    const key = this.#keyOf(path)
    return key === undefined ? await this.#options.folders.open(path, options) : await this.#bucket.get(key, options)
  }

  async putIfAbsent(path: string, gathered: string): Promise<boolean> {
    const key = this.#uploadKey(path)
    const put = async (unlessThere: boolean) => {
      const { size: length } = await stat(gathered)
      // Its name is its sum.
      const sha256 = Buffer.from(posix.basename(path).slice(0, 64), 'hex').toString('base64')
      const body = createReadStream(gathered)
      try {
        return await this.#bucket.put(key, { body, length, sha256, unlessThere })
      } finally {
        body.destroy()
      }
    }
    if (await put(true)) return true
    const { at } = (await this.#bucket.look(key)) ?? {}
    if (at === undefined || Date.now() - at.getTime() > YOUNG_MS) await put(false)
    return false
  }

  async *list(): AsyncIterable<StoredUpload> {
    for await (const { key, at } of this.#bucket.list(`${this.#keyOf(UPLOADS)}/`)) {
      const path = `${UPLOADS}/${posix.basename(key)}`
      if (isUpload(path)) yield { path, at }
    }
  }

  async remove(path: string, before?: Date): Promise<boolean> {
    const key = this.#uploadKey(path)
    const found = await this.#bucket.look(key)
    if (!found || (before && found.at >= before)) return false
    await this.#bucket.remove(key)
    return true
  }

  async ping(): Promise<void> {
    await this.#bucket.ping()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bucket[Symbol.asyncDispose]()
  }

  /** Undefined for what lies on disk. Throws PathRefused. */
  #keyOf(path: string): string | undefined {
    const { roots, prefix } = this.#options
    const { root, relative } = roots.locate(path)
    if (root === roots.unknownPeople) return `${prefix}unknown_people/${posix.normalize(relative)}`
    return root === roots.knownPeople ? `${prefix}known_people/${posix.normalize(relative)}` : undefined
  }

  #uploadKey(path: string): string {
    const key = isUpload(path) ? this.#keyOf(path) : undefined
    if (key === undefined)
      throw new PathRefused('Only uploads are put and removed; this picture belongs to someone else.')
    return key
  }
}
