import type { Candidate, Readings } from '../candidate.ts'
import { usageOf } from '../process-usage.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Field } from './field.ts'
import type { Driven } from './load/drive.ts'

export const POSTS = 'posts'
export const INSERTS = 'plain INSERTs'
export const PER_SECOND = 'acceptedPerSecond'
/** Of all processes, what sends included. */
export const CPU_EACH = 'cpuMicroseconds'

export interface AcceptOptions {
  field: Field
  rounds: number
  warmUp: number
  /** How long each measurement sends. */
  forMs: number
  connections: readonly number[]
  /** Paths of one batch. */
  batches: readonly number[]
  progress: Progress
  signal: AbortSignal
}

export interface Accepts {
  /** A row per number of connections. */
  singles: Series
  /** A row per size of batch, on two connections. */
  batches: Series
}

const BATCH_LANES = 2
/** Nothing takes the photos meanwhile: measured is how fast they come in. */
const OTHERS = ['image-processor', 'face-recognition', 'frontend']

/** Photos that the receiver accepts in a second, next to plain INSERTs of the same rows into the same table. */
export async function measureAccept({ connections, batches, ...options }: AcceptOptions): Promise<Accepts> {
  const { field } = options
  await using _ = await field.without(OTHERS)
  const lanes = new Map(connections.map((count) => [`${count} connection${count === 1 ? '' : 's'}`, count]))
  const sizes = new Map(batches.map((paths) => [`${paths.toLocaleString('en')} paths`, paths]))
  const { load, receiverPort, databaseOptions } = field
  const singles = await compare(options, {
    title: 'single posts',
    rows: [...lanes.keys()],
    posts: (row, forMs) => load.posts(receiverPort, { lanes: lanes.get(row) ?? 0, forMs }),
    inserts: (row, forMs) => load.inserts(databaseOptions, { lanes: lanes.get(row) ?? 0, forMs }),
  })
  const many = await compare(options, {
    title: 'batches',
    rows: [...sizes.keys()],
    posts: (row, forMs) => load.batches(receiverPort, { lanes: BATCH_LANES, paths: sizes.get(row) ?? 0, forMs }),
    inserts: (_row, forMs) => load.inserts(databaseOptions, { lanes: BATCH_LANES, forMs }),
  })
  return { singles, batches: many }
}

interface Comparison {
  title: string
  rows: string[]
  posts: (row: string, forMs: number) => Promise<Driven>
  inserts: (row: string, forMs: number) => Promise<Driven>
}

async function compare(
  { field, forMs, signal, rounds, warmUp, progress }: Omit<AcceptOptions, 'connections' | 'batches'>,
  { title, rows, posts, inserts }: Comparison,
): Promise<Series> {
  const candidate = (name: string, send: Comparison['posts']): Candidate => ({
    name,
    measure: async (row) => {
      signal.throwIfAborted()
      // Everyone begins with an empty table and an empty queue.
      await field.empty()
      const before = cpuOf(field)
      const driven = await send(row, forMs)
      const after = cpuOf(field)
      if (driven.failures > 0) throw new Error(`${driven.failures} of ${name} failed: ${driven.fault}`)
      return readingsOf(driven, { all: after.all - before.all, receiver: after.receiver - before.receiver })
    },
  })
  const candidates = [candidate(POSTS, posts), candidate(INSERTS, inserts)]
  return await measureRounds({ candidates, rows, rounds, warmUp, progress, title })
}

/** CPU milliseconds that all processes of the suite have used, and the receiver of them; NaN where the system does not say it. */
function cpuOf({ system }: Field): { all: number; receiver: number } {
  const used = (pid: number | undefined) => (pid === undefined ? 0 : (usageOf(pid)?.cpuMs ?? Number.NaN))
  return {
    all: system.processes.reduce((sum, { pid }) => sum + used(pid), 0),
    receiver: used(system.process('receiver').pid),
  }
}

function readingsOf(
  { accepted, wallMs, cpuMs, p50Ms, p99Ms }: Driven,
  used: { all: number; receiver: number },
): Readings {
  const readings: Readings = {
    [PER_SECOND]: (accepted * 1000) / wallMs,
    p50Ms,
    p99Ms,
    loadCpuPercent: (cpuMs / wallMs) * 100,
    receiverCpuPercent: (used.receiver / wallMs) * 100,
    [CPU_EACH]: ((used.all + cpuMs) * 1000) / accepted,
  }
  return Object.fromEntries(Object.entries(readings).filter(([, value]) => Number.isFinite(value)))
}
