import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import type { Heal, Nemeses } from '../fault.ts'
import type { MessagesSubject } from './subject.ts'
import { RELAYS, RESERVE, SINKS } from './targets.ts'

const [, LAST_RELAY] = RELAYS

/** Other numbers of sinks and relays, as `kubectl scale` makes them: who goes is told to (SIGTERM), and gets no new connection. */
export const SCALING = {
  scale: {
    does: 'sinks 2 → 3 → 1; or relays 2 → 1, and what the one that went had not delivered is drained; as before at the end',
    targets: [[...SINKS, RESERVE].join('+'), LAST_RELAY],
    begin: async (subject, { target, seconds }, signal) => {
      if (target === LAST_RELAY) return await drained(subject, target)
      return await replaced(subject, { forMs: seconds * 500, signal })
    },
  },
} satisfies Nemeses<MessagesSubject>

async function replaced({ system, sinks }: MessagesSubject, { forMs, signal }: { forMs: number; signal: AbortSignal }) {
  const come = (name: string) => {
    system.process(name).release()
    sinks.add(name)
  }
  const go = (name: string) => {
    sinks.delete(name)
    system.process(name).hold()
    system.process(name).kill('SIGTERM')
  }
  come(RESERVE)
  await sleep(forMs, undefined, { signal }).catch(() => {})
  for (const name of SINKS) go(name)
  return () => {
    for (const name of SINKS) come(name)
    go(RESERVE)
  }
}

async function drained({ system, relays, drainCommand }: MessagesSubject, name: string): Promise<Heal> {
  const relay = system.process(name)
  relays.delete(name)
  relay.hold()
  relay.kill('SIGTERM')
  await eventually(() => {
    if (relay.pid !== undefined) throw new Error(`${name} has not ended.`)
  })
  const { main, environment } = drainCommand(name)
  const job = spawn(process.execPath, [main, '--drain'], { env: { ...process.env, ...environment }, stdio: 'ignore' })
  const ended = once(job, 'exit') as Promise<[code: number | null]>
  return async () => {
    // What is left it delivers itself.
    const isCut = job.exitCode === null && job.kill('SIGKILL')
    const [code] = await ended
    relay.release()
    relays.add(name)
    if (!isCut && code !== 0) throw new Error(`The drain of ${name} ended with ${code}.`)
  }
}
