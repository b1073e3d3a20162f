import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import { noneOf, type Target, target, targetTable } from '../targets.ts'
import { type Accuracy, THRESHOLDS } from './accuracy.ts'
import { decisionsAt } from './accuracy-tables.ts'
import { DOCUMENTED, ONE_WORKER, OURS, PYTHON, PYTHON_LARGE, TWO_WORKERS, WASM } from './engines.ts'
import { type ServiceSeries, serviceTargets } from './service-tables.ts'
import { MEGAPIXEL, SMALL } from './speed-photos.ts'
import type { Engines } from './tables.ts'

/** All targets whose peers took part. */
export function targetsOf({ speed, throughput, accuracies, ...service }: Engines & Partial<ServiceSeries>): Target[] {
  return [
    ...speedTargets(speed),
    ...throughputTargets(throughput),
    ...accuracyTargets(accuracies),
    ...serviceTargets(service),
  ]
}

export function faceTargetTable(targets: readonly Target[]): Table {
  return targetTable(
    targets,
    `Ratios of CPU time per photo are medians over the rounds. "${WASM}" is face-api's nets in this project's own pipeline (smaller canvas, upright chips), which already makes them faster; "${DOCUMENTED}" is what a user of that library runs.`,
  )
}

function speedTargets(speed: Series): Target[] {
  const faster = (name: string, row: string, candidate: string, atLeast: number, reading = 'restCpuMs') => {
    const ratio = speed.ratio(row, { candidate, reading: 'restCpuMs' }, { candidate: OURS, reading })
    return target(`${name}, ${row}`, ratio?.median, { atLeast, unit: '×' })
  }
  return [
    ...speed.rows.flatMap((row) => faster('detect + describe against face-api on WASM', row, WASM, 9)),
    ...speed.rows.flatMap((row) => faster(`detect + describe against ${DOCUMENTED}`, row, DOCUMENTED, 9)),
    ...faster('detect + describe against Python default', MEGAPIXEL, PYTHON, 20),
    ...faster('the same with decoding in ours and not in theirs', MEGAPIXEL, PYTHON, 15, 'allCpuMs'),
    ...faster('detect + describe against Python default', SMALL, PYTHON, 2),
  ]
}

function throughputTargets(throughput: Series): Target[] {
  const reading = 'imagesPerSecond'
  const scaling = throughput.ratio(OURS, { candidate: TWO_WORKERS, reading }, { candidate: ONE_WORKER, reading })
  const memory = throughput.summary(OURS, { candidate: TWO_WORKERS, reading: 'residentMegabytes' })
  return [
    ...target('images per second with two workers against one', scaling?.median, { atLeast: 1.5, unit: '×' }),
    ...target('memory with two workers', memory?.median, { atMost: 350, unit: ' MB' }),
  ]
}

function accuracyTargets(accuracies: Engines['accuracies']): Target[] {
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
    return target(`${words[what]} against ${peer}, ${span(thresholds)}`, worst.gap, {
      atLeast: 0,
      wanted: what === 'falseMatches' ? 'no more' : 'no fewer',
      reached: `${worst.our} and ${worst.their} at ${worst.threshold.toFixed(2)}, where it is closest`,
    })
  }
  return [
    ...[DOCUMENTED, PYTHON, PYTHON_LARGE].flatMap((peer) => compare(peer, 'trueMatches', [0.6, 0.55])),
    ...[DOCUMENTED, WASM].flatMap((peer) => compare(peer, 'correct', THRESHOLDS)),
    ...compare(PYTHON, 'falseMatches', [0.6, 0.55]),
    ...compatTarget(ours),
  ]
}

function compatTarget({ identification }: Accuracy): Target[] {
  const names = identification.compat?.known
  return names ? noneOf('errors in the compat set', names.wrong + names.none) : []
}

function span(thresholds: readonly number[]): string {
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)]
  return thresholds.length > 2 ? `${least.toFixed(2)} to ${most.toFixed(2)}` : `${thresholds.join(' and ')}`
}
