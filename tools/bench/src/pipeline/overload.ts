import type { Field } from '../field.ts'
import { readMetrics } from '../metrics.ts'
import { usageOf } from '../process-usage.ts'
import { atMost, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { Series } from '../series.ts'
import { rounded } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { noneOf, target } from '../targets.ts'
import { stubPaths } from './photos.ts'

/** What /metrics of the image-processor shows; it measures every few seconds. */
interface Shown {
  /** Since the backlog had come in. */
  seconds: number
  queueDepth: number
  pending: number
  oldestPendingSeconds: number
}

export interface Overload {
  /** Photos that are pending when it begins. */
  backlog: number
  /** Of one answer of the face service. */
  latencyMs: number
  postsPerSecond: number
  /** Latencies of the receiver, round by round. */
  posts: Series
  /** Resident megabytes by process: when the backlog is there, then at the end of each round. */
  memory: Record<string, number[]>
  /** At the end of each round. */
  shown: Shown[]
  processedPerSecond: number
  failures: number
  fault?: string
}

const PLANS = {
  full: { rounds: 15, forMs: 10_000, backlog: 100_000, latencyMs: 100, postsPerSecond: 100 },
  quick: { rounds: 2, forMs: 3000, backlog: 10_000, latencyMs: 100, postsPerSecond: 100 },
  tiny: { rounds: 1, forMs: 500, backlog: 300, latencyMs: 20, postsPerSecond: 50 },
}
export const SINGLE_POSTS = 'single posts'
const CALM = 'no backlog'
export const BACKLOG = 'backlog'
const LANES = 32
const BATCH_PATHS = 10_000
/**
 * A process may hold so much more, at most, in the second half of the overload than in the first. Not at its end than at some moment: a
 * heap that has room grows until its next full collection.
 */
const FLAT_MEGABYTES = 20

/**
 * How the receiver answers, and what every process holds, while a slow face service works a backlog off. The stub recogniser is told how
 * slow it is on its HTTP port `controlPort`.
 */
export async function overload(
  { field, controlPort }: { field: Field; controlPort: number },
  bench: Bench,
): Promise<Findings> {
  const plan = planOf(bench, PLANS)
  const { rounds, forMs, backlog, latencyMs, postsPerSecond } = plan
  await field.empty()
  const posts = new Series([CALM, BACKLOG], [SINGLE_POSTS])
  const measured: Overload = { ...plan, posts, memory: {}, shown: [], processedPerSecond: 0, failures: 0 }
  const post = async (row: string, round: number) => {
    bench.signal.throwIfAborted()
    bench.progress.say(`overload: ${row}, ${round}`)
    const shape = { port: field.system.port('receiver'), lanes: LANES, forMs, ratePerSecond: postsPerSecond }
    const { p50Ms, p99Ms, longestMs, failures, fault } = await field.load.ask('posts', shape)
    posts.add(row, SINGLE_POSTS, { p50Ms, p99Ms, longestMs })
    measured.failures += failures
    if (fault !== undefined) measured.fault ??= fault
  }
  for (let round = 1; round <= Math.ceil(rounds / 2); round++) await post(CALM, round)
  const body = JSON.stringify({ latencyMs })
  const { ok, status } = await fetch(`http://127.0.0.1:${controlPort}/`, { method: 'PUT', body })
  if (!ok) throw new Error(`The stub recogniser answers ${status}.`)
  bench.progress.say(`overload: ${backlog} photos come in`)
  const paths = stubPaths(backlog)
  for (let at = 0; at < backlog; at += BATCH_PATHS) await field.post(paths.slice(at, at + BATCH_PATHS))
  const start = { pending: await field.pending(), at: performance.now() }
  const secondsNow = () => (performance.now() - start.at) / 1000
  addMemory(field, measured.memory)
  for (let round = 1; round <= rounds; round++) {
    await post(BACKLOG, round)
    addMemory(field, measured.memory)
    measured.shown.push(await shownBy(field, secondsNow()))
  }
  const seconds = secondsNow()
  const leftOver = await field.pending()
  measured.processedPerSecond = (start.pending + postsPerSecond * seconds - leftOver) / seconds
  return overloadFindings(measured)
}

export function overloadFindings(overload: Overload): Findings {
  const { backlog, latencyMs, postsPerSecond, processedPerSecond, posts, memory, shown, failures } = overload
  const pending = backlog.toLocaleString('en')
  const latencies = columnFindings(posts, {
    title: 'Overload',
    about: `${pending} photos are pending and the face service takes ${latencyMs} ms for each; ${postsPerSecond} single posts a second come in meanwhile, ${rounded(processedPerSecond)} photos a second become final. Milliseconds from a post to its 202.`,
    rowName: '',
    candidate: SINGLE_POSTS,
    columns: [
      ['p50', 'p50Ms'],
      ['p99', 'p99Ms', atMost(BACKLOG, `single posts with ${pending} pending, p99`, 50, ' ms')],
      ['longest', 'longestMs'],
    ],
  })
  const most = mostGrowth(memory)
  return {
    targets: [
      ...latencies.targets,
      ...noneOf('posts that fail meanwhile', failures),
      ...target('memory: the most that a process holds in the second half, over that of the first', most?.megabytes, {
        atMost: FLAT_MEGABYTES,
        unit: ' MB',
        reached: `${rounded(most?.megabytes ?? 0)} MB (${most?.name})`,
      }),
    ],
    tables: [
      ...latencies.tables,
      {
        title: 'Memory under overload',
        about: 'Resident megabytes when the backlog has come in, and while that goes on.',
        columns: ['process', 'start', ...shown.map(({ seconds }) => `${seconds.toFixed(0)} s`)],
        rows: Object.entries(memory).map(([name, samples]) => [name, ...samples.map(rounded)]),
      },
      {
        title: 'What /metrics of the image-processor shows',
        about: 'While that goes on; measured every few seconds.',
        columns: ['after', 'queue_depth', 'images_pending', 'oldest_pending_age_seconds'],
        rows: shown.map(({ seconds, queueDepth, pending, oldestPendingSeconds }) => [
          `${seconds.toFixed(0)} s`,
          ...[queueDepth, pending, oldestPendingSeconds].map(rounded),
        ]),
      },
    ],
    data: { overload },
  }
}

/** Of the process that holds more in the second half than in the first by most. */
function mostGrowth(memory: Overload['memory']): { name: string; megabytes: number } | undefined {
  const growth = Object.entries(memory).map(([name, samples]) => {
    const half = Math.ceil(samples.length / 2)
    return { name, megabytes: Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half)) }
  })
  return growth.toSorted((one, other) => other.megabytes - one.megabytes)[0]
}

/** Adds what every process holds now. */
function addMemory({ system }: Field, memory: Overload['memory']): void {
  for (const { name, pid } of system.processes) {
    const usage = usageOf(pid)
    if (usage) memory[name] = [...(memory[name] ?? []), usage.residentMegabytes]
  }
}

async function shownBy(field: Field, seconds: number): Promise<Shown> {
  const metric = await readMetrics(field.url('image-processor-ops'))
  return {
    seconds,
    queueDepth: metric('livepods_queue_depth'),
    pending: metric('livepods_images_pending'),
    oldestPendingSeconds: metric('livepods_oldest_pending_age_seconds'),
  }
}
