import type { Browser } from 'playwright-core'
import type { Field } from '../field.ts'
import type { Table } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import { rounded, spread, summarise } from '../statistics.ts'
import type { Bench } from '../suite.ts'
import { type Target, target } from '../targets.ts'

/** What the parts share. */
export interface Setup {
  field: Field
  browser: Browser
  /** The engine that faces are described by. */
  engine: string
}

/** Something that people wait for, in milliseconds of every round. */
export interface Wait {
  name: string
  times: number[]
  /** What the median is to be; absent: it is only told. */
  atMostMs?: number
}

/** What a part found. */
export interface Waits {
  waits: Wait[]
  /** Besides those of the waits. */
  targets?: Target[]
  data: Record<string, unknown>
}

const EVERYONE = 'people'

/** Milliseconds of every round that counts; `once` measures one. */
export async function measureTimes(
  bench: Bench,
  { title, ...rounds }: { title: string; rounds: number; warmUp?: number },
  once: () => Promise<number>,
): Promise<number[]> {
  const candidates = [{ name: EVERYONE, measure: async () => ({ ms: await once() }) }]
  const series = await measureRounds(bench, { title, rows: [{ name: title }], candidates, ...rounds })
  return series.values(title, { candidate: EVERYONE, reading: 'ms' })
}

export function waitTarget({ name, times, atMostMs: atMost }: Wait): Target[] {
  if (atMost === undefined) return []
  const { median } = summarise(times)
  return target(name, median, { atMost, wanted: `≤ ${seconds(atMost)}`, reached: seconds(median) })
}

export function waitTable(waits: readonly Wait[]): Table {
  return {
    title: 'Milliseconds',
    about: 'Medians with quartiles, the longest, and of how many.',
    columns: ['', 'median', 'longest', 'of'],
    rows: waits.map(({ name, times }) => [
      name,
      spread(summarise(times)),
      rounded(Math.max(...times)),
      `${times.length}`,
    ]),
  }
}

const seconds = (ms: number) => `${rounded(ms / 1000)} s`
