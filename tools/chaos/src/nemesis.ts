import { setTimeout as sleep } from 'node:timers/promises'
import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import type { Fault, Nemesis } from './fault.ts'
import { lockRows } from './lock-rows.ts'
import type { StoreTrouble } from './object-store.ts'
import type { Subject } from './subject.ts'
import type { Trouble } from './tcp-proxy.ts'

/** Undoes a fault. */
export type Heal = () => Promise<void> | void

/** The fault cannot be had here; the message says why. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

const STUB_LATENCY_MS = 20
const SLOW_FACES_MS = 3000
const BYTES_PER_SECOND = 4000
const KILL_SESSIONS_EVERY_MS = 300
const DUPLICATES_EVERY_MS = 200
const BETWEEN_STARTS_MS = 700

/** Begins a fault and resolves with what ends it. Throws Unavailable. */
export async function begin(fault: Fault & { nemesis: Nemesis }, subject: Subject): Promise<Heal> {
  const { system, edges, disk } = subject
  switch (fault.nemesis) {
    case 'kill':
      system.process(fault.target).kill('SIGKILL')
      return () => {}
    case 'term':
      system.process(fault.target).kill('SIGTERM')
      return () => {}
    case 'stop': {
      const { pid } = system.process(fault.target)
      system.process(fault.target).kill('SIGSTOP')
      // It may have been killed and started again meanwhile: then this is another one, and goes on anyway.
      return () => void (system.process(fault.target).pid === pid && system.process(fault.target).kill('SIGCONT'))
    }
    case 'roll':
      await system.roll(fault.target)
      return () => {}
    case 'wrong-order':
      await startInOrder(fault.target.split('+'), subject)
      return () => {}
    case 'latency':
    case 'bandwidth':
    case 'black-hole':
    case 'reset':
    case 'half-close':
    case 'cut': {
      const proxy = await edges.proxy(fault.target)
      proxy.begin(troubleOf(fault.nemesis, fault.amount ?? 0))
      return () => proxy.end()
    }
    case 'kill-sessions':
      return repeating(KILL_SESSIONS_EVERY_MS, () => killSessions(subject))
    case 'deadlock':
      return repeating(0, () => lockRows(subject.database))
    case 'duplicates':
      return repeating(DUPLICATES_EVERY_MS, () => wakeAgain(subject))
    case 'disk-full':
      if (!disk) throw new Unavailable('there is no small disk')
      await disk.fill()
      return () => disk.clear()
    case 'slow-faces':
      await subject.faces({ latencyMs: SLOW_FACES_MS })
      return () => subject.faces({ latencyMs: STUB_LATENCY_MS })
    case 'failing-faces':
      await subject.faces({ failures: 1 })
      return () => subject.faces({ failures: 0 })
    case 'store-away':
      return inTrouble(subject, 'away')
    case 'store-slow':
      return inTrouble(subject, 'slow')
    case 'store-lies':
      return inTrouble(subject, 'lies')
    case 'known-gone':
      subject.objects.knownGone = true
      return () => {
        subject.objects.knownGone = false
      }
  }
}

function inTrouble({ objects }: Subject, trouble: StoreTrouble): Heal {
  objects.trouble = trouble
  return () => {
    objects.trouble = undefined
  }
}

type NetworkNemesis = Trouble['kind']

function troubleOf(kind: NetworkNemesis, amount: number): Trouble {
  if (kind === 'latency') return { kind, ms: amount }
  if (kind === 'bandwidth') return { kind, bytesPerSecond: BYTES_PER_SECOND }
  return kind === 'cut' ? { kind, bytes: amount } : { kind }
}

async function startInOrder(names: string[], { system }: Subject): Promise<void> {
  const processes = names.map((name) => system.process(name))
  for (const process of processes) process.hold()
  for (const process of processes) process.kill('SIGKILL')
  for (const process of processes) {
    await sleep(BETWEEN_STARTS_MS)
    process.release()
  }
}

/** Does `work` until it is healed; what fails is tried again. */
function repeating(everyMs: number, work: () => Promise<void>): Heal {
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

async function killSessions({ database }: Subject): Promise<void> {
  const sessions = await database.rows<{ id: string }>(
    'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
  )
  // One that is gone already is no fault.
  for (const { id } of sessions) await database.change(`KILL ${Number(id)}`).catch(() => {})
}

async function wakeAgain({ database, system }: Subject): Promise<void> {
  const newest = await database.rows<{ id: string }>('SELECT id FROM images ORDER BY id DESC LIMIT 20')
  const messages = [
    ...newest.map(({ id }) => encodeImageId(id)),
    Buffer.from('nonsense'),
    Buffer.from('longer nonsense'),
  ]
  await Promise.all(
    messages.map((body) =>
      fetch(`http://127.0.0.1:${system.port('nsqd-http')}/pub?topic=${IMAGE_TOPIC}`, { method: 'POST', body }),
    ),
  )
}
