import { rounded } from '../matrix.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import { type Accuracy, THRESHOLDS } from './accuracy.ts'
import { decisionsAt } from './accuracy-tables.ts'
import { DOCUMENTED, ONE_WORKER, OURS, PYTHON, PYTHON_LARGE, TWO_WORKERS, WASM } from './engines.ts'
import { rowOf } from './galleries.ts'
import { FULL_QUEUE } from './pressure.ts'
import type { ServiceSeries } from './service-tables.ts'
import { MEGAPIXEL, SMALL } from './speed-photos.ts'
import { SERVICE } from './watched-service.ts'

/** What the engine is to reach, and whether it did. */
export interface Target {
  name: string
  wanted: string
  reached: string
  holds: boolean
}

export interface Measured extends Partial<ServiceSeries> {
  speed: Series
  throughput: Series
  /** Empty without test photos. */
  accuracies: Readonly<Record<string, Accuracy>>
}

/** All targets whose peers took part. */
export function targetsOf({ speed, throughput, accuracies, ...service }: Measured): Target[] {
  return [
    ...speedTargets(speed),
    ...throughputTargets(throughput),
    ...accuracyTargets(accuracies),
    ...serviceTargets(service),
  ]
}

export function targetTable(targets: readonly Target[]): Table {
  return {
    title: 'Numbers to reach',
    about: `Ratios of CPU time per photo are medians over the rounds. "${WASM}" is face-api's nets in this project's own pipeline (smaller canvas, upright chips), which already makes them faster; "${DOCUMENTED}" is what a user of that library runs.`,
    columns: ['', 'wanted', 'reached', 'holds'],
    rows: targets.map(({ name, wanted, reached, holds }) => [name, wanted, reached, holds ? 'yes' : '**no**']),
  }
}

function speedTargets(speed: Series): Target[] {
  const target = (name: string, row: string, peer: string, wanted: number, reading = 'restCpuMs'): Target[] => {
    const ratio = speed.ratio(row, { candidate: peer, reading: 'restCpuMs' }, { candidate: OURS, reading })
    return ratio ? [atLeast(`${name}, ${row}`, wanted, ratio.median)] : []
  }
  return [
    ...speed.rows.flatMap((row) => target('detect + describe against face-api on WASM', row, WASM, 9)),
    ...speed.rows.flatMap((row) => target(`detect + describe against ${DOCUMENTED}`, row, DOCUMENTED, 9)),
    ...target('detect + describe against Python default', MEGAPIXEL, PYTHON, 20),
    ...target('the same with decoding in ours and not in theirs', MEGAPIXEL, PYTHON, 15, 'allCpuMs'),
    ...target('detect + describe against Python default', SMALL, PYTHON, 2),
  ]
}

function throughputTargets(throughput: Series): Target[] {
  const which = (candidate: string, reading: string) => ({ candidate, reading })
  const [two, one] = [which(TWO_WORKERS, 'imagesPerSecond'), which(ONE_WORKER, 'imagesPerSecond')]
  const scaling = throughput.ratio(OURS, two, one)
  const memory = throughput.summary(OURS, which(TWO_WORKERS, 'residentMegabytes'))?.median
  return [
    ...(scaling ? [atLeast('images per second with two workers against one', 1.5, scaling.median)] : []),
    ...(memory === undefined
      ? []
      : [
          {
            name: 'memory with two workers',
            wanted: '≤ 350 MB',
            reached: `${rounded(memory)} MB`,
            holds: memory <= 350,
          },
        ]),
  ]
}

function accuracyTargets(accuracies: Measured['accuracies']): Target[] {
  const ours = accuracies[OURS]
  if (!ours) return []
  const compare = (peer: string, what: 'trueMatches' | 'falseMatches' | 'correct', thresholds: readonly number[]) => {
    const theirs = accuracies[peer]
    if (!theirs) return []
    const gaps = thresholds.map((threshold) => {
      const [our, their] = [
        decisionsAt(ours.decisions, threshold)[what],
        decisionsAt(theirs.decisions, threshold)[what],
      ]
      return { threshold, our, their, gap: what === 'falseMatches' ? their - our : our - their }
    })
    const worst = gaps.reduce((one, other) => (other.gap < one.gap ? other : one))
    const words = { trueMatches: 'true matches', falseMatches: 'false matches', correct: 'correct decisions' }
    return [
      {
        name: `${words[what]} against ${peer}, ${span(thresholds)}`,
        wanted: what === 'falseMatches' ? 'no more' : 'no fewer',
        reached: `${worst.our} and ${worst.their} at ${worst.threshold.toFixed(2)}, where it is closest`,
        holds: worst.gap >= 0,
      },
    ]
  }
  return [
    ...[DOCUMENTED, PYTHON, PYTHON_LARGE].flatMap((peer) => compare(peer, 'trueMatches', [0.6, 0.55])),
    ...[DOCUMENTED, WASM].flatMap((peer) => compare(peer, 'correct', THRESHOLDS)),
    ...compare(PYTHON, 'falseMatches', [0.6, 0.55]),
    ...compatTarget(ours),
  ]
}

function serviceTargets({ pressure, steadiness, galleries }: Partial<ServiceSeries>): Target[] {
  const most = (name: string, wanted: number, unit: string, series?: Series, row = '', reading = ''): Target[] => {
    const median = series?.summary(row, { candidate: SERVICE, reading })?.median
    if (median === undefined) return []
    return [{ name, wanted: `≤ ${wanted} ${unit}`, reached: `${rounded(median)} ${unit}`, holds: median <= wanted }]
  }
  const [small, large] = [rowOf(10_000), rowOf(100_000)]
  return [
    ...most('p99 of a health check while the queue is full', 20, 'ms', pressure, FULL_QUEUE, 'healthP99Ms'),
    ...most('event-loop lag while the queue is full, p99', 10, 'ms', pressure, FULL_QUEUE, 'lagP99Ms'),
    ...steadinessTarget(steadiness),
    ...most(`start, ${small}`, 2, 's', galleries, small, 'startSeconds'),
    ...most(`one face matched, ${small}`, 1, 'ms', galleries, small, 'match1Ms'),
    ...most(`added memory, ${large}`, 120, 'MB', galleries, large, 'addedMegabytes'),
    ...most(`the same after changes, ${large}`, 120, 'MB', galleries, large, 'changedMegabytes'),
    ...most(`8 faces matched, ${large}`, 5, 'ms', galleries, large, 'match8Ms'),
    ...most(`longest pause of the event loop in a change, ${large}`, 10, 'ms', galleries, large, 'changePauseMs'),
  ]
}

/** Of the photos after the first thousand, which fill what stays. */
function steadinessTarget(steadiness: Series | undefined): Target[] {
  const [first, ...later] = (steadiness?.rows ?? [])
    .slice(1)
    .flatMap((row) => steadiness?.summary(row, { candidate: SERVICE, reading: 'residentMegabytes' })?.median ?? [])
  if (first === undefined || later.length === 0) return []
  const changes = later.map((megabytes) => 100 * (megabytes / first - 1))
  const most = changes.reduce((one, other) => (Math.abs(other) > Math.abs(one) ? other : one))
  const reached = `${most < 0 ? '−' : '+'} ${rounded(Math.abs(most))} %`
  return [{ name: 'memory from photo 1000 to 5000', wanted: '± 5 %', reached, holds: Math.abs(most) <= 5 }]
}

function compatTarget({ identification }: Accuracy): Target[] {
  const names = identification.compat?.known
  if (!names) return []
  const errors = names.wrong + names.none
  return [{ name: 'errors in the compat set', wanted: '0', reached: `${errors}`, holds: errors === 0 }]
}

function atLeast(name: string, wanted: number, reached: number): Target {
  return { name, wanted: `≥ ${wanted}×`, reached: `${rounded(reached)}×`, holds: reached >= wanted }
}

function span(thresholds: readonly number[]): string {
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)]
  return thresholds.length > 2 ? `${least.toFixed(2)} to ${most.toFixed(2)}` : `${thresholds.join(' and ')}`
}
