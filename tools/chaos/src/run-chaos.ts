import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Audit } from './audit.ts'
import { Client } from './client.ts'
import { allFinal, settledFootprints, timedOut } from './drain.ts'
import type { Evidence } from './evidence.ts'
import type { Fault } from './fault.ts'
import { healings } from './healing.ts'
import { History } from './history.ts'
import { judge } from './judge.ts'
import { type MutationName, mutationEnvironments } from './mutation.ts'
import { Observer } from './observer.ts'
import type { Profile } from './profile.ts'
import { randomOf } from './random.ts'
import type { Report } from './report.ts'
import { unmount } from './small-disk.ts'
import { Storm } from './storm.ts'
import { Subject } from './subject.ts'

export interface RunOptions {
  profile: Profile
  schedule: readonly Fault[]
  /** Made one after the other before the schedule begins, each as soon as it can be had. */
  situations?: readonly Fault[]
  seed: number
  mutation?: MutationName | undefined
  /** For single processes, over what the profile says. */
  environments?: Record<string, Record<string, string>>
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

/** A system under load and under faults, and the judgement of what became of it. */
export async function runChaos(options: RunOptions): Promise<Report> {
  const {
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
  let cameAgain = 0
  const subject = stack.use(
    await Subject.start({
      directory,
      profile,
      environments: merged(options.environments, mutation && mutationEnvironments(mutation)),
      onLine: (process, line) => {
        log.write(`${process} ${line}\n`)
        if (line.includes('"msg":"message requeued"')) cameAgain++
      },
      announce: (sentence) => log.write(`system ${sentence}\n`),
      signal,
    }),
  )
  const { system } = subject
  const audit = new Audit(subject.database)
  await audit.install()
  const page = await subject.address('frontend')
  options.onPage?.(page)

  const history = stack.use(new History(join(directory, 'history.jsonl')))
  const observer = stack.use(new Observer({ system, page, audit, history }))
  const storm = new Storm({ subject, history, announce })
  const clock = performance.now()
  let phase: Progress['phase'] = 'calm'
  const telling = setInterval(() => {
    const { accepted, final } = observer.last
    options.onProgress?.({ phase, seconds: (performance.now() - clock) / 1000, accepted, final, faults: storm.current })
  }, 500)
  stack.defer(() => clearInterval(telling))

  const [stopping, givenUp] = [new AbortController(), new AbortController()]
  const receiver = await subject.address('receiver')
  const clients = Array.from({ length: profile.clients }, async (_, number) => {
    const random = randomOf(seed + number + 1)
    const everyMs = (1000 * profile.clients) / profile.rate
    const client = new Client({
      ...{ number, receiver, random, history, everyMs },
      photograph: (label) => subject.photograph(label),
      patienceMs: profile.patience * 1000,
    })
    await client.run({ stopping: stopping.signal, givenUp: givenUp.signal })
  })
  await sleep(profile.calmSeconds * 1000, undefined, { signal })
  const calm = observer.footprints()

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
  const drained = await allFinal(audit, drainMs)
  const drainSeconds = (performance.now() - drainBeganAt) / 1000
  signal.throwIfAborted()

  const evidence: Evidence = {
    operations: history.operations,
    rows: await audit.rows(),
    effects: await audit.effects(),
    losses: await audit.losses(),
    faults: storm.played,
    endings: system.endings,
    breakers: observer.breakers,
    footprints: { calm, drained: await settledFootprints(observer) },
    redelivered: { cameAgain, timedOut: await timedOut(system.port('nsqd-http')) },
  }
  return {
    seed,
    startedAt: startedAt.toISOString(),
    stormBeganAt,
    drainSeconds: drained ? drainSeconds : undefined,
    mutation,
    schedule: [...situations, ...schedule],
    faults: storm.played,
    seconds: observer.seconds,
    healings: healings(storm.played, { ...evidence, pages: observer.pages }),
    operations: countBy(evidence.operations.filter(({ type }) => type !== 'invoke').map(({ type }) => type)),
    outcomes: countBy(evidence.rows.map(({ outcome }) => outcome ?? 'none')),
    restarts: Object.fromEntries(system.processes.map(({ name, restarts }) => [name, restarts])),
    ...judge(evidence),
  }
}

function merged(...all: (Record<string, Record<string, string>> | undefined)[]) {
  const environments: Record<string, Record<string, string>> = {}
  for (const [name, own] of all.flatMap((one) => Object.entries(one ?? {})))
    environments[name] = { ...environments[name], ...own }
  return environments
}

function countBy(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
