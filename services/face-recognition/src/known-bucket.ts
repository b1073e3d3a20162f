import { ImageMissing, type S3Bucket, type S3Object, StoreFull } from '@livepods/images'
import { type KnownFile, PICTURE } from './known-files.ts'
import { ChangeImpossible } from './known-folder.ts'
import type { KnownStore } from './known-store.ts'

/** More than any picture that was ever put has: a move reads what is there. */
const MAX_BYTES = 1000 * 1024 * 1024

/** Known people in S3, under one prefix, for as many processes as there are. */
export class KnownBucket implements KnownStore {
  readonly #bucket: S3Bucket
  readonly #prefix: string

  /** @param prefix Before the name of every picture; ends in "/". */
  constructor(bucket: S3Bucket, prefix: string) {
    this.#bucket = bucket
    this.#prefix = prefix
  }

  /** A crash leaves nothing here that is no picture: this only asks whether the bucket is there. */
  async clean(): Promise<void> {
    await this.#bucket.ping()
  }

  async visit(visit: (file: KnownFile) => void): Promise<void> {
    for await (const object of this.#bucket.list(this.#prefix)) {
      const file = this.#fileOf(object)
      if (PICTURE.test(file.name) && !/(^|\/)\./.test(file.name)) visit(file)
    }
  }

  async stat(name: string): Promise<KnownFile | undefined> {
    const object = await this.#bucket.look(this.#prefix + name)
    return object && this.#fileOf(object)
  }

  async read(name: string, options: { maxBytes: number }): Promise<Buffer> {
    return await this.#bucket.get(this.#prefix + name, options)
  }

  async put(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      return await this.#bucket.put(this.#prefix + name, { body: bytes, length: bytes.length, unlessThere: true })
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error
      throw new ChangeImpossible('There is no room left where the known people are.', { cause: error })
    }
  }

  async remove(name: string): Promise<boolean> {
    if (!(await this.#bucket.look(this.#prefix + name))) return false
    await this.#bucket.remove(this.#prefix + name)
    return true
  }

  /**
   * A copy, then the end of the old one: what a crash between the two leaves is a picture of both, and the same move again ends it. Not by
   * S3's own copy, which few services refuse when the name is taken.
   */
  async move(name: string, to: string): Promise<boolean> {
    try {
      if (!(await this.put(to, await this.read(name, { maxBytes: MAX_BYTES })))) return false
    } catch (error) {
      if (!(error instanceof ImageMissing)) throw error
      throw new ChangeImpossible('The image went away in the meantime.', { cause: error })
    }
    await this.#bucket.remove(this.#prefix + name)
    return true
  }

  #fileOf({ key, etag, size }: S3Object): KnownFile {
    return { name: key.slice(this.#prefix.length), stamp: `${etag}:${size.toString(36)}` }
  }
}
