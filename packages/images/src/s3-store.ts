import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { translateDiskErrors } from './disk-errors.ts'
import type { FolderStore } from './folder-store.ts'
import type { ImageFileStore, StoredUpload } from './image-file-store.ts'
import { ImageMissingError, type ReadImage } from './open-image.ts'
import { PathRefusedError } from './path.ts'
import type { ImageRoots } from './roots.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { stampOfObject } from './stamp.ts'
import { isUpload, UPLOADS } from './upload.ts'

export interface S3StoreOptions {
  bucket: S3Bucket
  roots: ImageRoots
  /** For pictures in further roots: those lie on disk. */
  folders: FolderStore
}

/** An upload that is older than this when it comes again is put again, so that its age begins anew. */
const YOUNG_MS = 10 * 60_000

/** Unknown people in S3 under `unknown_people/<relative path>`, known ones under `known_people/…`; further roots are folders. */
export class S3Store implements ImageFileStore, AsyncDisposable {
  readonly #bucket: S3Bucket
  readonly #roots: ImageRoots
  readonly #folders: FolderStore

  constructor({ bucket, roots, folders }: S3StoreOptions) {
    this.#bucket = bucket
    this.#roots = roots
    this.#folders = folders
  }

  async stagingFolder(): Promise<string> {
    const folder = join(tmpdir(), 'livepods-incoming')
    await translateDiskErrors(() => mkdir(folder, { recursive: true }))
    return folder
  }

  check(path: string): void {
    this.#roots.locate(path)
  }

  canonical(path: string): string {
    return this.#roots.canonical(path)
  }

  async open(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    return (await this.read(path, options)).bytes
  }

  async read(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<ReadImage> {
    const key = this.#keyOf(path)
    if (key === undefined) return await this.#folders.read(path, options)
    const image = await this.#bucket.read(key, options)
    await this.#roots.checkSum(path, image.bytes)
    return image
  }

  async stamp(path: string, signal?: AbortSignal): Promise<string> {
    const key = this.#keyOf(path)
    if (key === undefined) return await this.#folders.stamp(path)
    const object = await this.#bucket.head(key, signal)
    if (!object) throw new ImageMissingError('There is no such picture.')
    return stampOfObject(object)
  }

  async putIfAbsent(path: string, staged: string): Promise<boolean> {
    const key = this.#uploadKey(path)
    const { size: length } = await stat(staged)
    // An upload is named by its SHA-256: its bytes never change.
    const sha256 = posix.basename(path).slice(0, 64)
    const picture = { body: () => createReadStream(staged), length, sha256, isPatient: true }
    if (await this.#bucket.put(key, { ...picture, ifAbsent: true })) return true
    const there = await this.#bucket.head(key)
    const isWhole = there !== undefined && (there.length ?? length) === length
    if (!isWhole || Date.now() - there.at.getTime() > YOUNG_MS) await this.#bucket.put(key, picture)
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
    const there = await this.#bucket.head(key)
    if (before && (there === undefined || there.at >= before)) return false
    // Also when there is no object: old versions of it may be left.
    await this.#bucket.remove(key)
    return there !== undefined
  }

  isApart(path: string): boolean {
    return this.#keyOf(path) === undefined
  }

  async ping(path?: string): Promise<void> {
    const key = path === undefined ? '' : this.#keyOf(path)
    if (key === undefined) return await this.#folders.ping(path)
    await this.#bucket.ping().catch(async (error: { cause?: { $metadata?: { httpStatusCode?: number } } }) => {
      // Credentials that are limited to a prefix may list it, but not send HEAD for the bucket.
      if (error.cause?.$metadata?.httpStatusCode !== 403) throw error
      for await (const _ of this.#bucket.list(`${this.#keyOf(UPLOADS)}/`)) break
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bucket[Symbol.asyncDispose]()
  }

  /** Undefined for what lies on disk. Throws PathRefusedError. */
  #keyOf(path: string): string | undefined {
    const { root, relative } = this.#roots.locate(path)
    if (root === this.#roots.unknownPeople) return `unknown_people/${posix.normalize(relative)}`
    return root === this.#roots.knownPeople ? `known_people/${posix.normalize(relative)}` : undefined
  }

  #uploadKey(path: string): string {
    const key = isUpload(path) ? this.#keyOf(path) : undefined
    if (key === undefined)
      throw new PathRefusedError('Only uploads are put and removed; this picture belongs to someone else.')
    return key
  }
}
