import { type Summary, summarise, summariseRatios } from './statistics.ts'

/** What one measurement gave, by name with the unit in it: `{ wallMs: 12.1, cpuMs: 11.8 }`. */
export type Readings = Record<string, number>

/** Which number of whom. */
export interface Which {
  candidate: string
  reading: string
}

/** All measurements of one comparison: row × candidate × round. */
export class Series {
  readonly rows: readonly string[]
  readonly candidates: readonly string[]
  readonly #readings = new Map<string, Readings[]>()

  constructor(rows: readonly string[], candidates: readonly string[]) {
    this.rows = rows
    this.candidates = candidates
  }

  /** Adds the measurement of the next round. */
  add(row: string, candidate: string, readings: Readings): void {
    this.#rounds(row, candidate).push(readings)
  }

  /** One number per round; none where it was not measured. */
  values(row: string, { candidate, reading }: Which): number[] {
    return this.#rounds(row, candidate).flatMap((readings) => readings[reading] ?? [])
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
      nest(this.candidates, (candidate) => {
        const readings = new Set(this.#rounds(row, candidate).flatMap((round) => Object.keys(round)))
        return nest([...readings], (reading) => this.summary(row, { candidate, reading }))
      }),
    )
  }

  #rounds(row: string, candidate: string): Readings[] {
    const key = `${row}\0${candidate}`
    const rounds = this.#readings.get(key) ?? []
    this.#readings.set(key, rounds)
    return rounds
  }
}

function nest<T>(keys: readonly string[], of: (key: string) => T): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, of(key)]))
}
