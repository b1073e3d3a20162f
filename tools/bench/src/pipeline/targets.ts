import { rounded } from '../numbers.ts'
import { columnTargets } from '../readings.ts'
import type { Series } from '../series.ts'
import { noneOf, type Target, target } from '../targets.ts'
import { type Accepts, INSERTS, PER_SECOND, POSTS } from './accept.ts'
import type { Overload } from './overload.ts'
import { SWEEP } from './sweep.ts'
import { latencyColumns, type Measured, overloadColumns } from './tables.ts'

/**
 * A process may hold so much more, at most, in the second half of the overload than in the first. Not at its end than at some moment: a
 * heap that has room grows until its next full collection.
 */
const FLAT_MEGABYTES = 20

/** All targets that were measured. */
export function targetsOf({ accept, latency, sweep, overload }: Measured): Target[] {
  return [
    ...(accept ? acceptTargets(accept) : []),
    ...(latency ? columnTargets(latency.series, latencyColumns(latency)) : []),
    ...(sweep ? sweepTargets(sweep) : []),
    ...(overload ? overloadTargets(overload) : []),
  ]
}

function acceptTargets({ singles, batches }: Accepts): Target[] {
  const reading = PER_SECOND
  const row = singles.rows.at(-1) ?? ''
  const ratio = singles.ratio(row, { candidate: POSTS, reading }, { candidate: INSERTS, reading })
  const best = batches.rows.map((size) => batches.summary(size, { candidate: POSTS, reading })?.median ?? 0)
  return [
    ...target(`single posts against plain INSERTs, ${row}`, ratio?.median, {
      atLeast: 1,
      unit: '×',
      wanted: '≥ 1.0×',
    }),
    ...target('paths per second in batches', Math.max(...best), { atLeast: 20_000, wanted: '≥ 20 000' }),
  ]
}

function sweepTargets(sweep: Series): Target[] {
  const median = (row: string | undefined) =>
    row === undefined ? undefined : sweep.summary(row, { candidate: SWEEP, reading: 'medianMs' })?.median
  const [none, ...others] = sweep.rows
  const most = others.filter((row) => row.endsWith('finished')).at(-1)
  const pending = others.find((row) => row.endsWith('not due'))
  const [empty, full] = [median(none), median(most)]
  const growth = empty === undefined || full === undefined ? undefined : full / empty
  return [
    ...target(`idle sweep, ${most} against none`, growth, { atMost: 1.5, unit: '×', wanted: 'no growth (≤ 1.5×)' }),
    ...target(`idle sweep, ${pending}`, median(pending), { atMost: 1, unit: ' ms' }),
  ]
}

function overloadTargets(overload: Overload): Target[] {
  const growth = Object.entries(overload.memory).map(([name, samples]) => {
    const half = Math.ceil(samples.length / 2)
    return { name, megabytes: Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half)) }
  })
  const most = growth.toSorted((one, other) => other.megabytes - one.megabytes)[0]
  return [
    ...columnTargets(overload.posts, overloadColumns(overload)),
    ...noneOf('posts that fail meanwhile', overload.failures),
    ...target('memory: the most that a process holds in the second half, over that of the first', most?.megabytes, {
      atMost: FLAT_MEGABYTES,
      unit: ' MB',
      reached: `${rounded(most?.megabytes ?? 0)} MB (${most?.name})`,
    }),
  ]
}
