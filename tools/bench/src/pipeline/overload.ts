import { usageOf } from '../process-usage.ts'
import type { Progress } from '../progress.ts'
import { Series } from '../series.ts'
import type { Field } from './field.ts'
import { readMetrics } from './metrics.ts'

export const POSTS = 'single posts'
export const CALM = 'no backlog'
export const BACKLOG = 'backlog'

export interface OverloadOptions {
  field: Field
  /** HTTP port on which the stub recogniser is told how slow it is. */
  controlPort: number
  /** Photos that are pending when it begins. */
  backlog: number
  /** Of one answer of the face service. */
  latencyMs: number
  postsPerSecond: number
  /** Of `forMs` each. */
  windows: number
  forMs: number
  progress: Progress
  signal: AbortSignal
}

/** What /metrics of the image-processor shows; it measures every few seconds. */
export interface Shown {
  /** Since the backlog had come in. */
  seconds: number
  queueDepth: number
  pending: number
  oldestPendingSeconds: number
}

export interface Overload {
  backlog: number
  latencyMs: number
  postsPerSecond: number
  /** Latencies of the receiver, a round per window. */
  posts: Series
  /** Resident megabytes by process: when the backlog is there, then at the end of each window. */
  memory: Record<string, number[]>
  /** At the end of each window. */
  shown: Shown[]
  processedPerSecond: number
  failures: number
  fault?: string
}

const LANES = 32
const BATCH_PATHS = 10_000
const COME_IN_WITHIN_MS = 120_000

/** How the receiver answers, and what every process holds, while a slow face service works a backlog off. */
export async function measureOverload(options: OverloadOptions): Promise<Overload> {
  const { field, backlog, latencyMs, postsPerSecond, windows, forMs, progress, signal } = options
  await field.empty()
  const series = new Series([CALM, BACKLOG], [POSTS])
  const failed = { failures: 0, fault: undefined as string | undefined }
  const post = async (row: string) => {
    signal.throwIfAborted()
    const shape = { lanes: LANES, forMs, ratePerSecond: postsPerSecond }
    const { p50Ms, p99Ms, longestMs, failures, fault } = await field.load.posts(field.receiverPort, shape)
    failed.failures += failures
    failed.fault ??= fault
    series.add(row, POSTS, { p50Ms, p99Ms, longestMs })
  }
  for (let window = 1; window <= Math.ceil(windows / 2); window++) {
    progress.say(`overload: ${CALM}, ${window}`)
    await post(CALM)
  }
  await slow(options)
  progress.say(`overload: ${backlog} photos come in`)
  await comeIn(field, backlog)
  const start = { pending: await field.pending(), at: performance.now() }
  const memory = new Memory(field)
  const secondsNow = () => (performance.now() - start.at) / 1000
  const shown: Shown[] = []
  for (let window = 1; window <= windows; window++) {
    progress.say(`overload: ${BACKLOG}, ${window} of ${windows}`)
    await post(BACKLOG)
    memory.look()
    shown.push(await shownBy(field, secondsNow()))
  }
  const seconds = secondsNow()
  const leftOver = await field.pending()
  return {
    backlog,
    latencyMs,
    postsPerSecond,
    posts: series,
    memory: memory.megabytes,
    shown,
    processedPerSecond: (start.pending + postsPerSecond * seconds - leftOver) / seconds,
    failures: failed.failures,
    ...(failed.fault !== undefined && { fault: failed.fault }),
  }
}

async function slow({ controlPort, latencyMs }: OverloadOptions): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${controlPort}/`, {
    method: 'PUT',
    body: JSON.stringify({ latencyMs }),
  })
  if (!response.ok) throw new Error(`The stub recogniser answers ${response.status}.`)
}

/** Posts batches until so many photos wait. */
async function comeIn(field: Field, backlog: number): Promise<void> {
  const paths = Math.min(backlog, BATCH_PATHS)
  const shape = { lanes: 1, paths, atMost: Math.ceil(backlog / paths), forMs: COME_IN_WITHIN_MS }
  const { failures, fault } = await field.load.batches(field.receiverPort, shape)
  if (failures > 0) throw new Error(`The backlog does not come in: ${fault}`)
}

/** Resident megabytes of every process, looked at again and again; the first time at once. */
class Memory {
  readonly megabytes: Record<string, number[]> = {}
  readonly #field: Field

  constructor(field: Field) {
    this.#field = field
    this.look()
  }

  look(): void {
    for (const { name, pid } of this.#field.system.processes) {
      const usage = usageOf(pid)
      if (usage) this.megabytes[name] = [...(this.megabytes[name] ?? []), usage.residentMegabytes]
    }
  }
}

async function shownBy(field: Field, seconds: number): Promise<Shown> {
  const metrics = await readMetrics(field.system.port('image-processor-ops'))
  return {
    seconds,
    queueDepth: metrics('livepods_queue_depth'),
    pending: metrics('livepods_images_pending'),
    oldestPendingSeconds: metrics('livepods_oldest_pending_age_seconds'),
  }
}
