import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { footprints } from './footprint.ts'
import { healings } from './healing.ts'
import { History } from './history.ts'
import { judge } from './judge.ts'
import { mutationEnvironment } from './mutation.ts'
import { named } from './named.ts'
import { nemesesOf } from './nemesis.ts'
import { Observer } from './observer.ts'
import type { Profile } from './profile.ts'
import { randomOf } from './random.ts'
import type { Report } from './report.ts'
import { unmount } from './small-disk.ts'
import { Storm } from './storm.ts'
import type { Trial } from './trial.ts'

export interface RunOptions {
  trial: Trial
  profile: Profile
  schedule: readonly Fault[]
  /** Made one after the other before the schedule begins, each as soon as it can be had. */
  situations?: readonly Fault[]
  seed: number
  /** The name of one of the trial's. */
  mutation?: string | undefined
  directory: string
  announce: (sentence: string) => void
  /** Told once, when the storm is about to begin: where the page is. */
  onPage?: (url: string) => void
  /** Told twice a second. */
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

export interface Progress {
  phase: 'calm' | 'storm' | 'drain'
  /** Since the calm began. */
  seconds: number
  accepted: number
  final: number
  faults: string[]
}

// Connections that were closed are gone from both ends a moment later.
const SETTLE_MS = 500

/** A system under load and under faults, and the judgement of what became of it. */
export async function runChaos(options: RunOptions): Promise<Report> {
  const {
    trial,
    profile,
    schedule,
    situations = [],
    seed,
    mutation,
    directory,
    announce,
    signal = new AbortController().signal,
  } = options
  const startedAt = new Date()
  await unmount(resolve(directory))
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await using stack = new AsyncDisposableStack()
  const log = stack.adopt(createWriteStream(join(directory, 'processes.log')), (file) => void file.end())
  const history = stack.use(new History(join(directory, 'history.jsonl')))
  const subject = stack.use(
    await trial.start({
      directory,
      profile,
      environments: environmentsOf(options),
      history,
      onLine: (process, line) => log.write(`${process} ${line}\n`),
      announce: (sentence) => log.write(`system ${sentence}\n`),
      signal,
    }),
  )
  const { system } = subject
  if (subject.page) options.onPage?.(subject.page)

  const observer = stack.use(new Observer({ subject, history }))
  const storm = new Storm({ subject, nemeses: nemesesOf(trial), announce })
  const clock = performance.now()
  let phase: Progress['phase'] = 'calm'
  const telling = setInterval(() => {
    const { accepted, final } = observer.last
    options.onProgress?.({ phase, seconds: (performance.now() - clock) / 1000, accepted, final, faults: storm.current })
  }, 500)
  stack.defer(() => clearInterval(telling))

  const [stopping, givenUp] = [new AbortController(), new AbortController()]
  const clients = Array.from({ length: profile.clients }, (_, number) =>
    subject.client({
      number,
      random: randomOf(seed + number + 1),
      everyMs: (1000 * profile.clients) / profile.rate,
      patienceMs: profile.patience * 1000,
      stopping: stopping.signal,
      givenUp: givenUp.signal,
    }),
  )
  await sleep(profile.calmSeconds * 1000, undefined, { signal })
  const calm = footprints(system)

  phase = 'storm'
  const stormBeganAt = Date.now()
  await storm.inTurn(situations, signal)
  await storm.rage(schedule, profile.seconds, signal)

  phase = 'drain'
  stopping.abort()
  const drainBeganAt = performance.now()
  const drainMs = profile.drainWithin * 1000
  AbortSignal.timeout(drainMs).addEventListener('abort', () => givenUp.abort())
  await Promise.all(clients)
  const drained = await subject.settle(drainMs)
  const drainSeconds = (performance.now() - drainBeganAt) / 1000
  signal.throwIfAborted()

  await sleep(SETTLE_MS)
  const evidence = await subject.evidence({
    operations: history.operations,
    faults: storm.played,
    endings: system.endings,
    footprints: { calm, drained: footprints(system) },
  })
  return {
    seed,
    startedAt: startedAt.toISOString(),
    stormBeganAt,
    drainSeconds: drained ? drainSeconds : undefined,
    mutation,
    schedule: [...situations, ...schedule],
    faults: storm.played,
    seconds: observer.seconds,
    healings: healings(evidence),
    operations: countBy(evidence.operations.filter(({ type }) => type !== 'invoke').map(({ type }) => type)),
    outcomes: countBy(evidence.rows.map(({ outcome }) => outcome ?? 'none')),
    restarts: Object.fromEntries(system.processes.map(({ name, restarts }) => [name, restarts])),
    ...judge(trial.invariants, evidence),
  }
}

/**
 * Every process has the heap that a container would give: one that grows without end is then ended by it, and one whose garbage only waits,
 * as it does for minutes where there is much memory, is not mistaken for that (invariants.ts).
 */
function environmentsOf({ trial, profile, mutation }: RunOptions): Record<string, Record<string, string>> {
  const mistake = mutation === undefined ? undefined : named(mutation, trial.mutations)
  const mistaken = mistake && mutationEnvironment(mistake)
  return Object.fromEntries(
    trial.targets.processes.map((name) => {
      const own = { ...profile.environments[name], ...(mistake?.processes.includes(name) && mistaken) }
      return [name, { ...own, NODE_OPTIONS: `--max-old-space-size=96 ${own.NODE_OPTIONS ?? ''}`.trim() }]
    }),
  )
}

function countBy(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
