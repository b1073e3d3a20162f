import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, type Heal, type Nemeses, type Nemesis, UnavailableError } from './fault.ts'
import type { Trouble } from './tcp-proxy.ts'
import type { Testbed } from './testbed.ts'
import type { Subject, Trial } from './trial.ts'

const BYTES_PER_SECOND = 4000
const BETWEEN_STARTS_MS = 700

const TROUBLES: Record<Trouble['kind'], string> = {
  latency: 'every piece of data is late',
  bandwidth: 'a few kilobytes a second',
  'black-hole': 'nothing passes, nothing is closed',
  reset: 'connections are reset, new ones too',
  'half-close': 'after an answer the server side closes its half',
  cut: 'connections are reset after some bytes of an answer',
}

/** All that may go wrong in a trial, by what it is called in the schedule and in the report. */
export function nemesesOf({ targets, nemeses }: Pick<Trial, 'targets' | 'nemeses'>): Nemeses<Subject> {
  const { processes, rollable, edges, disks } = targets
  const troubles = Object.entries(TROUBLES) as [Trouble['kind'], string][]
  return {
    kill: atOnce('SIGKILL; the process is started again at once', processes, sending('SIGKILL')),
    term: atOnce('SIGTERM; the process is started again when it has ended', processes, sending('SIGTERM')),
    stop: { does: 'SIGSTOP, and SIGCONT at the end', targets: processes, begin: stop },
    roll: atOnce('a second process is started, then the first gets SIGTERM', rollable, roll),
    'wrong-order': atOnce('several are killed and started in another order than usual', processes, startInOrder),
    ...Object.fromEntries(troubles.map(([kind, does]) => [kind, { does, targets: edges, begin: troubling(kind) }])),
    'disk-full': { does: 'no byte is left where the files are kept', targets: disks, begin: fill },
    ...nemeses,
  }
}

/** Does `work` until it is healed; what fails is tried again. */
export function repeating(everyMs: number, work: () => Promise<void>): Heal {
  const end = new AbortController()
  const done = (async () => {
    while (!end.signal.aborted) {
      await work().catch(() => sleep(100))
      await sleep(everyMs, undefined, { signal: end.signal }).catch(() => {})
    }
  })()
  return async () => {
    end.abort()
    await done
  }
}

function atOnce(does: string, targets: readonly string[], begin: Nemesis<Testbed>['begin']): Nemesis<Testbed> {
  return { does, targets, instant: true, begin }
}

function sending(signal: NodeJS.Signals) {
  return async ({ system }: Testbed, { target }: Fault): Promise<void> => system.process(target).kill(signal)
}

async function roll({ system }: Testbed, { target }: Fault): Promise<void> {
  await system.roll(target)
}

function stop({ system }: Testbed, { target }: Fault): Heal {
  const { pid } = system.process(target)
  system.process(target).kill('SIGSTOP')
  // It may have been killed and started again meanwhile: then this is another one, and goes on anyway.
  return () => void (system.process(target).pid === pid && system.process(target).kill('SIGCONT'))
}

async function startInOrder({ system }: Testbed, { target }: Fault): Promise<void> {
  const processes = target.split('+').map((name) => system.process(name))
  for (const process of processes) process.hold()
  for (const process of processes) process.kill('SIGKILL')
  for (const process of processes) {
    await sleep(BETWEEN_STARTS_MS)
    process.release()
  }
}

function troubling(kind: Trouble['kind']) {
  return async ({ edges }: Testbed, { target, amount = 0 }: Fault): Promise<Heal> => {
    const proxy = await edges.proxy(target)
    proxy.begin(troubleOf(kind, amount))
    return () => proxy.end()
  }
}

function troubleOf(kind: Trouble['kind'], amount: number): Trouble {
  if (kind === 'latency') return { kind, ms: amount }
  if (kind === 'bandwidth') return { kind, bytesPerSecond: BYTES_PER_SECOND }
  return kind === 'cut' ? { kind, bytes: amount } : { kind }
}

async function fill({ disks }: Testbed, { target }: Fault): Promise<Heal> {
  const disk = disks.get(target)
  if (!disk) throw new UnavailableError('there is no small disk')
  await disk.fill()
  return () => disk.clear()
}
