import { rounded } from '../matrix.ts'
import type { Series } from '../series.ts'
import type { Target } from '../targets.ts'
import { type Accepts, INSERTS, PER_SECOND, POSTS } from './accept.ts'
import { FROM_ACCEPTED, HALF, type Latency } from './latency.ts'
import { BACKLOG, type Overload, POSTS as SINGLE_POSTS } from './overload.ts'
import { SWEEP } from './sweep.ts'

/** What was measured; absent: a part that was left out. */
export interface Measured {
  accept?: Accepts
  throughput?: Series
  latency?: Latency
  sweep?: Series
  overload?: Overload
}

/**
 * A process may hold so much more, at most, in the second half of the overload than in the first. Not at its end than at some moment: a
 * heap that has room grows until its next full collection.
 */
const FLAT_MEGABYTES = 20

/** All targets that were measured. */
export function targetsOf({ accept, latency, sweep, overload }: Measured): Target[] {
  return [
    ...(accept ? acceptTargets(accept) : []),
    ...(latency ? latencyTargets(latency) : []),
    ...(sweep ? sweepTargets(sweep) : []),
    ...(overload ? overloadTargets(overload) : []),
  ]
}

function acceptTargets({ singles, batches }: Accepts): Target[] {
  const reading = PER_SECOND
  const row = singles.rows.at(-1) ?? ''
  const ratio = singles.ratio(row, { candidate: POSTS, reading }, { candidate: INSERTS, reading })?.median
  const best = Math.max(
    ...batches.rows.map((size) => batches.summary(size, { candidate: POSTS, reading })?.median ?? 0),
  )
  return [
    ...(ratio === undefined
      ? []
      : [
          {
            name: `single posts against plain INSERTs, ${row}`,
            wanted: '≥ 1.0×',
            reached: `${rounded(ratio)}×`,
            holds: ratio >= 1,
          },
        ]),
    {
      name: 'paths per second in batches',
      wanted: '≥ 20 000',
      reached: rounded(best),
      holds: best >= 20_000,
    },
  ]
}

function latencyTargets({ series }: Latency): Target[] {
  const target = (name: string, reading: string, atMostMs: number) =>
    atMost(`${name}, ${HALF}`, atMostMs, series.summary(HALF, { candidate: FROM_ACCEPTED, reading })?.median)
  return [...target('202 to final, p50', 'finalP50Ms', 25), ...target('202 to final, p99', 'finalP99Ms', 150)]
}

function sweepTargets(sweep: Series): Target[] {
  const which = { candidate: SWEEP, reading: 'medianMs' }
  const [none, ...others] = sweep.rows
  const most = others.filter((row) => row.endsWith('finished')).at(-1)
  const pending = others.find((row) => row.endsWith('not due'))
  const [empty, full] = [none, most].map((row) => (row ? sweep.summary(row, which)?.median : undefined))
  return [
    ...(empty === undefined || full === undefined
      ? []
      : [
          {
            name: `idle sweep, ${most} against none`,
            wanted: 'no growth (≤ 1.5×)',
            reached: `${rounded(full / empty)}×`,
            holds: full <= 1.5 * empty,
          },
        ]),
    ...(pending ? atMost(`idle sweep, ${pending}`, 1, sweep.summary(pending, which)?.median) : []),
  ]
}

function overloadTargets({ posts, memory, backlog, failures }: Overload): Target[] {
  const p99 = posts.summary(BACKLOG, { candidate: SINGLE_POSTS, reading: 'p99Ms' })?.median
  const growth = Object.entries(memory).map(([name, samples]) => {
    const half = Math.ceil(samples.length / 2)
    return { name, megabytes: Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half)) }
  })
  const most = growth.toSorted((one, other) => other.megabytes - one.megabytes)[0]
  return [
    ...atMost(`single posts with ${backlog.toLocaleString('en')} pending, p99`, 50, p99),
    { name: 'posts that fail meanwhile', wanted: '0', reached: `${failures}`, holds: failures === 0 },
    ...(most
      ? [
          {
            name: 'memory: the most that a process holds in the second half, over that of the first',
            wanted: `≤ ${FLAT_MEGABYTES} MB`,
            reached: `${rounded(most.megabytes)} MB (${most.name})`,
            holds: most.megabytes <= FLAT_MEGABYTES,
          },
        ]
      : []),
  ]
}

function atMost(name: string, wantedMs: number, reachedMs: number | undefined): Target[] {
  if (reachedMs === undefined) return []
  return [{ name, wanted: `≤ ${wantedMs} ms`, reached: `${rounded(reachedMs)} ms`, holds: reachedMs <= wantedMs }]
}
