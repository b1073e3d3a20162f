import { readFile } from 'node:fs/promises'
import { Packager } from '../../src/cmaf/packager.ts'
import type { PackagerTargets } from '../../src/cmaf/period.ts'
import { Presentation, type PresentationRecord, type TrackKind } from '../../src/cmaf/presentation.ts'
import type { Segment } from '../../src/cmaf/window.ts'
import { FlvReader } from '../../src/flv/flv-reader.ts'
import type { Message } from '../../src/hub/message.ts'
import { Timeline } from '../../src/hub/timeline.ts'
import { SEGMENTS } from './segments.ts'

/** When the tests' streams begin, in milliseconds since 1970. */
export const BEGINNING = Date.UTC(2026, 0, 1)

/** A presentation whose records are kept, and publishers whose messages come when they say. */
export class Packaged {
  readonly records: PresentationRecord[] = []
  readonly presentation: Presentation
  now = BEGINNING
  readonly #timeline = new Timeline()
  readonly #targets: PackagerTargets
  #packager: Packager | undefined

  constructor({ window = SEGMENTS.window, targets = SEGMENTS.targets }: Partial<typeof SEGMENTS> = {}) {
    this.#targets = targets
    const { records } = this
    this.presentation = new (class extends Presentation {
      override apply(record: PresentationRecord): void {
        records.push(record)
        super.apply(record)
      }
    })(window, new Date(BEGINNING))
  }

  /** From now on another one publishes. */
  publish(): this {
    this.leave()
    this.#timeline.restart()
    this.#packager = new Packager({ presentation: this.presentation, targets: this.#targets, now: () => this.now })
    return this
  }

  /** @param messages that come as their timestamps say, from now on */
  send(messages: Iterable<Message>): this {
    const begin = this.now
    let first: number | undefined
    for (const message of messages) {
      first ??= message.timestamp
      this.now = Math.max(this.now, begin + message.timestamp - first)
      this.write(message)
    }
    return this
  }

  /** Writes a message that comes now. */
  write(message: Message): void {
    this.#timeline.map(message.timestamp)
    this.#packager?.write(message, this.#timeline.elapsed)
  }

  leave(): this {
    this.#packager?.end()
    return this
  }

  segments(kind: TrackKind): readonly Segment[] {
    return this.presentation.tracks.get(kind)?.window.segments ?? []
  }

  /** The init segment of a track and its segments, as a player would put them together. */
  file(kind: TrackKind): Buffer {
    const segments = this.segments(kind)
    const init = this.presentation.init(segments[0]?.init ?? '')
    if (!init) throw new Error(`There are no segments of ${kind}.`)
    return Buffer.concat([init.bytes, ...segments.flatMap(({ parts }) => parts.map(({ bytes }) => bytes))])
  }
}

export async function fixture(name: string): Promise<Message[]> {
  return [...new FlvReader().read(await readFile(new URL(`../fixtures/${name}.flv`, import.meta.url)))]
}
