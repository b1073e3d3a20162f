import type { Streams } from './hub/streams.ts'
import type { StreamName } from './stream-name.ts'

/** Bitrates are averages of five seconds: more samples would say nothing more. */
export const SAMPLE_EVERY_MS = 5000
const KEPT = 60

export interface Sample {
  /** Milliseconds since 1970. */
  at: number
  bitsPerSecond: number
  viewers: number
}

/** What each stream was like in the last five minutes, also while nobody publishes it. */
export class StreamHistory {
  readonly #hub: Pick<Streams, 'list'>
  readonly #samples = new Map<StreamName, readonly Sample[]>()

  constructor(hub: Pick<Streams, 'list'>) {
    this.#hub = hub
  }

  /** The oldest first. */
  of(name: StreamName): readonly Sample[] {
    return this.#samples.get(name) ?? []
  }

  /** To be called every `SAMPLE_EVERY_MS`. */
  take(at = Date.now()): void {
    const reports = new Map(this.#hub.list().map((report) => [report.name, report]))
    for (const name of new Set([...this.#samples.keys(), ...reports.keys()])) {
      const report = reports.get(name)
      const { bitsPerSecond, viewers } = report ?? { bitsPerSecond: 0, viewers: 0 }
      const samples = [...this.of(name), { at, bitsPerSecond, viewers }].slice(-KEPT)
      if (report || samples.some((sample) => sample.bitsPerSecond > 0)) this.#samples.set(name, samples)
      else this.#samples.delete(name)
    }
  }
}
