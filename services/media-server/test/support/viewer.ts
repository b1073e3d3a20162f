import { flvFraming, flvHeader } from '../../src/flv/tags.ts'
import { type Connection, Subscriber } from '../../src/hub/subscriber.ts'

/** A viewer of FLV who takes what it gets at once, or, when it is stalled, nothing. */
export class TestViewer implements Connection {
  isStalled = false
  writableLength = 0
  /** Of each write. */
  readonly writes: Uint8Array[] = []
  isEnded = false
  isDestroyed = false
  readonly subscriber = new Subscriber(this, {
    framing: flvFraming,
    protocol: 'http-flv',
    accept: () => {},
    fileHeader: flvHeader,
  })
  #corked: Uint8Array[] | undefined

  write(bytes: Uint8Array): void {
    if (this.#corked) this.#corked.push(bytes)
    else this.writes.push(bytes)
    if (this.isStalled) this.writableLength += bytes.length
  }

  cork(): void {
    this.#corked = []
  }

  uncork(): void {
    this.writes.push(Buffer.concat(this.#corked ?? []))
    this.#corked = undefined
  }

  end(): void {
    this.isEnded = true
  }

  destroy(): void {
    this.isDestroyed = true
  }

  /** It has read all that waited for it. */
  catchUp(): void {
    this.isStalled = false
    this.writableLength = 0
  }

  /** The tags that it got: their type, time and size. */
  get tags(): [type: number, timestamp: number, size: number][] {
    const bytes = Buffer.concat(this.writes)
    const tags: [number, number, number][] = []
    for (let at = 13; at < bytes.length; ) {
      const size = bytes.readUIntBE(at + 1, 3)
      tags.push([bytes[at] as number, bytes.readUIntBE(at + 4, 3) + (bytes[at + 7] as number) * 2 ** 24, size])
      at += 11 + size + 4
    }
    return tags
  }
}
