import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const FILE_HEADER_BYTES = 9
const TAG_SIZE_BYTES = 4
const TAG_HEADER_BYTES = 11
const SCRIPT = 18
/** Second byte of a tag of H.264 or AAC that configures its decoder. */
const CONFIGURATION = 0

/** Publishes an FLV file of H.264 and AAC by POST: at once what configures decoders, and from `begin` on each frame when its time has come. */
export class FlvPublisher implements Disposable {
  readonly #request
  readonly #frames: Buffer[]
  readonly #ended = new AbortController()

  constructor(url: string, file: Buffer) {
    this.#request = request(url, { method: 'POST' }).on('error', () => {}) // whoever waits for the stream says it
    const tags = tagsOf(file)
    const first = tags.findIndex((tag) => tag[0] !== SCRIPT && tag[TAG_HEADER_BYTES + 1] !== CONFIGURATION)
    this.#request.write(Buffer.concat([file.subarray(0, FILE_HEADER_BYTES + TAG_SIZE_BYTES), ...tags.slice(0, first)]))
    this.#frames = tags.slice(first)
  }

  /** Begins to send frames; returns when that was, by `performance.now()`. */
  begin(): number {
    const beganAt = performance.now()
    const zero = timeOf(this.#frames[0] as Buffer)
    const send = async () => {
      for (const frame of this.#frames) {
        const leftMs = beganAt + timeOf(frame) - zero - performance.now()
        if (leftMs > 0) await sleep(leftMs, undefined, { signal: this.#ended.signal })
        this.#request.write(frame)
      }
    }
    send().catch(() => {}) // it was ended
    return beganAt
  }

  [Symbol.dispose](): void {
    this.#ended.abort()
    this.#request.destroy()
  }
}

/** Each with its size behind it. */
function tagsOf(file: Buffer): Buffer[] {
  const tags: Buffer[] = []
  for (let at = FILE_HEADER_BYTES + TAG_SIZE_BYTES; at + TAG_HEADER_BYTES < file.length; ) {
    const end = at + TAG_HEADER_BYTES + file.readUIntBE(at + 1, 3) + TAG_SIZE_BYTES
    tags.push(file.subarray(at, end))
    at = end
  }
  return tags
}

/** Milliseconds. */
function timeOf(tag: Buffer): number {
  return tag.readUIntBE(4, 3) + (tag[7] as number) * 2 ** 24
}
