import type { LiveOperation } from './evidence.ts'
import type { Watcher } from './watcher.ts'

const FILE_HEADER_BYTES = 9
/** Size of the tag before (4), type (1), length (3), time (3, and its highest byte), stream (3). */
const TAG_HEADER_BYTES = 15
const VIDEO = 9
/** The first byte of a key frame of AVC, the second of one that is no configuration. */
const KEY_FRAME = 0x17
const FRAME = 1

/** Watches by HTTP-FLV on one connection, for as long as that lives; a piece is a key frame. */
export class FlvConnection implements Watcher {
  readonly #url: string
  readonly #patienceMs: number
  #leaving = new AbortController()
  #body: AsyncIterator<Uint8Array> | undefined
  #bytes = Buffer.alloc(0)
  #skipped = 0

  constructor(url: string, patienceMs: number) {
    this.#url = url
    this.#patienceMs = patienceMs
  }

  async next(): Promise<LiveOperation['value']> {
    try {
      this.#body ??= await this.#open()
      while (!this.#takeKeyFrame()) await this.#read(this.#body)
      return {}
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  async #open(): Promise<AsyncIterator<Uint8Array>> {
    this.#leaving = new AbortController()
    this.#bytes = Buffer.alloc(0)
    this.#skipped = FILE_HEADER_BYTES
    const answer = await this.#inTime(fetch(this.#url, { signal: this.#leaving.signal }))
    if (!answer.ok || !answer.body) throw new Error(`${answer.status} ${this.#url}`)
    return answer.body[Symbol.asyncIterator]()
  }

  async #read(body: AsyncIterator<Uint8Array>): Promise<void> {
    const { value, done } = await this.#inTime(body.next())
    if (done) throw new Error('The connection ended.')
    this.#bytes = Buffer.concat([this.#bytes, value])
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#leaving.abort(new Error('Nothing came.')), this.#patienceMs)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Whether there was one among the tags that are whole. */
  #takeKeyFrame(): boolean {
    while (this.#bytes.length >= this.#skipped + TAG_HEADER_BYTES) {
      const tag = this.#bytes.subarray(this.#skipped)
      const length = TAG_HEADER_BYTES + tag.readUIntBE(5, 3)
      if (tag.length < length) return false
      const isKey = tag[4] === VIDEO && tag[TAG_HEADER_BYTES] === KEY_FRAME && tag[TAG_HEADER_BYTES + 1] === FRAME
      this.#bytes = tag.subarray(length)
      this.#skipped = 0
      if (isKey) return true
    }
    return false
  }

  [Symbol.dispose](): void {
    this.#leaving.abort()
    this.#body = undefined
  }
}
