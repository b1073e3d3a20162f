import { rounded, spread } from '../numbers.ts'
import type { Table } from '../report.ts'
import { percentile, summarise } from '../statistics.ts'
import { noneOf, type Target, target } from '../targets.ts'
import type { Looks } from './look.ts'
import type { Plan } from './plan.ts'

/** Milliseconds of every round; absent: a part that was left out. */
export interface Measured {
  paint?: number[]
  upload?: number[]
  naming?: number[]
  look?: Looks
}

interface Timed {
  name: string
  times: number[]
  atMostMs: number
}

function timesOf({ paint, upload, naming, look }: Measured, plan: Plan): Timed[] {
  const photos = plan.naming.photos.toLocaleString('en')
  const faces = plan.look.faces.toLocaleString('en')
  const all: [string, number[] | undefined, number][] = [
    ['the page of photos, first paint', paint, 500],
    [`a photo of ${plan.upload.megabytes} MB given to the page → boxes and names on it`, upload, 2000],
    [`a face named → ${photos} photos of its group say so, and the open page`, naming, 3000],
    [`a person added → ${faces} stored faces compared again, while photos come in`, look?.lookMs, 15_000],
  ]
  return all.flatMap(([name, times, atMostMs]) => (times ? [{ name, times, atMostMs }] : []))
}

export function targetsOf(measured: Measured, plan: Plan): Target[] {
  const { look } = measured
  return [
    ...timesOf(measured, plan).flatMap(({ name, times, atMostMs: atMost }) => {
      const { median } = summarise(times)
      return target(name, median, { atMost, wanted: `≤ ${seconds(atMost)}`, reached: seconds(median) })
    }),
    ...target('uploads meanwhile, p99', look && percentile(look.uploadMs, 0.99), { atMost: 300, unit: ' ms' }),
    ...noneOf('uploads that fail meanwhile', look?.failures),
  ]
}

export function peopleTables(measured: Measured, plan: Plan): Table[] {
  const row = (name: string, times: number[]) => [
    name,
    spread(summarise(times)),
    `${rounded(Math.max(...times))}`,
    `${times.length}`,
  ]
  const { look } = measured
  return [
    {
      title: 'Milliseconds',
      about: 'Medians with quartiles, the longest, and of how many.',
      columns: ['', 'median', 'longest', 'of'],
      rows: [
        ...timesOf(measured, plan).map(({ name, times }) => row(name, times)),
        ...(look ? [row('an upload meanwhile', look.uploadMs)] : []),
      ],
    },
  ]
}

const seconds = (ms: number) => `${rounded(ms / 1000)} s`
