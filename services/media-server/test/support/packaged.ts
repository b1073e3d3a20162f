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
  /** The numbers of segments that ended, and when that was. */
  readonly closings: { number: number; at: number }[] = []
  readonly presentation: Presentation
  now = BEGINNING
  readonly #timeline = new Timeline()
  readonly #targets: PackagerTargets
  #packager: Packager | undefined

  constructor({
    window = SEGMENTS.window,
    targets = SEGMENTS.targets,
    keepsRecords = true,
  }: Partial<typeof SEGMENTS & { keepsRecords: boolean }> = {}) {
    this.#targets = targets
    const keep = (record: PresentationRecord) => this.#keep(record)
    this.presentation = new (class extends Presentation {
      override apply(record: PresentationRecord): void {
        if (keepsRecords) keep(record)
        super.apply(record)
      }
    })(window, new Date(BEGINNING))
  }

  #keep(record: PresentationRecord): void {
    this.records.push(record)
    if (record.type !== 'close') return
    const number = this.presentation.tracks.get(record.kind)?.window.last?.number ?? 0
    this.closings.push({ number, at: this.now })
  }

  /** From now on another one publishes. */
  publish(): this {
    this.leave()
    this.#timeline.restart()
    this.#packager = new Packager({ presentation: this.presentation, targets: this.#targets, now: () => this.now })
    return this
  }

  /** @param messages that come when their timestamps say */
  send(messages: Iterable<Message>): this {
    for (const message of messages) this.#write(message, true)
    return this
  }

  /** @param messages that come all at once */
  burst(messages: Iterable<Message>): this {
    for (const message of messages) this.#write(message, false)
    return this
  }

  #write(message: Message, takesTime: boolean): void {
    const before = this.#timeline.elapsed
    this.#timeline.map(message.timestamp)
    const { elapsed } = this.#timeline
    if (takesTime) this.now += Math.max(0, elapsed - before)
    this.#packager?.write(message, elapsed)
  }

  leave(): this {
    this.#packager?.end()
    return this
  }

  segments(kind: TrackKind): readonly Segment[] {
    return this.presentation.tracks.get(kind)?.window.segments ?? []
  }
}

/** The init segment of a track and its segments, as a player would put them together. */
export function fileOf(presentation: Presentation, kind: TrackKind): Buffer {
  const segments = presentation.tracks.get(kind)?.window.segments ?? []
  const init = presentation.init(segments[0]?.init ?? '')
  if (!init) throw new Error(`There are no segments of ${kind}.`)
  return Buffer.concat([init.bytes, ...segments.flatMap(({ parts }) => parts.map(({ bytes }) => bytes))])
}

export async function fixture(name: string): Promise<Message[]> {
  return [...new FlvReader().read(await readFile(new URL(`../fixtures/${name}.flv`, import.meta.url)))]
}
