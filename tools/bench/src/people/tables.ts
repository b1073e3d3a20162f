import { rounded, spread } from '../matrix.ts'
import type { Table } from '../report.ts'
import { percentile, summarise } from '../statistics.ts'
import type { Target } from '../targets.ts'
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
  const targets = timesOf(measured, plan).map(({ name, times, atMostMs }): Target => {
    const { median } = summarise(times)
    return { name, wanted: `≤ ${seconds(atMostMs)}`, reached: seconds(median), holds: median <= atMostMs }
  })
  const { look } = measured
  if (!look) return targets
  const p99 = percentile(look.uploadMs, 0.99)
  return [
    ...targets,
    { name: 'uploads meanwhile, p99', wanted: '≤ 300 ms', reached: `${rounded(p99)} ms`, holds: p99 <= 300 },
    { name: 'uploads that fail meanwhile', wanted: '0', reached: `${look.failures}`, holds: look.failures === 0 },
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
