import type { Readings } from './candidate.ts'
import { type Summary, summarise, summariseRatios } from './statistics.ts'

/** Which number of whom. */
export interface Which {
  candidate: string
  reading: string
}

/** All measurements of one comparison: row × candidate × round. */
export class Series {
  readonly #readings = new Map<string, Map<string, Readings[]>>()

  /** Adds the measurement of the next round. */
  add(row: string, candidate: string, readings: Readings): void {
    const candidates = this.#readings.get(row) ?? new Map<string, Readings[]>()
    this.#readings.set(row, candidates)
    const rounds = candidates.get(candidate)
    if (rounds) rounds.push(readings)
    else candidates.set(candidate, [readings])
  }

  get rows(): string[] {
    return [...this.#readings.keys()]
  }

  /** Everyone that was measured, in order of appearance. */
  get candidates(): string[] {
    return [...new Set([...this.#readings.values()].flatMap((candidates) => [...candidates.keys()]))]
  }

  /** One number per round; none where it was not measured. */
  values(row: string, { candidate, reading }: Which): number[] {
    const rounds = this.#readings.get(row)?.get(candidate) ?? []
    return rounds.flatMap((readings) => readings[reading] ?? [])
  }

  /** Undefined where it was not measured. */
  summary(row: string, which: Which): Summary | undefined {
    const values = this.values(row, which)
    return values.length > 0 ? summarise(values) : undefined
  }

  /** How many times as much the first is as the second; undefined where one of them was not measured. */
  ratio(row: string, which: Which, baseline: Which): Summary | undefined {
    const [values, against] = [this.values(row, which), this.values(row, baseline)]
    return values.length > 0 && against.length > 0 ? summariseRatios(values, against) : undefined
  }

  /** Row → candidate → reading → summary. */
  toJSON(): object {
    return nest(this.rows, (row) =>
      nest([...(this.#readings.get(row)?.keys() ?? [])], (candidate) => {
        const readings = new Set(
          this.#readings
            .get(row)
            ?.get(candidate)
            ?.flatMap((round) => Object.keys(round)),
        )
        return nest([...readings], (reading) => this.summary(row, { candidate, reading }))
      }),
    )
  }
}

function nest<T>(keys: string[], of: (key: string) => T): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, of(key)]))
}
