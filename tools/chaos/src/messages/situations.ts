import { setTimeout as sleep } from 'node:timers/promises'
import { type Nemeses, UnavailableError } from '../fault.ts'
import { waitingAt } from './audit.ts'
import type { MessageOperation } from './evidence.ts'
import type { MessagesSubject } from './subject.ts'
import { RELAYS, SINKS } from './targets.ts'

const POLL_MS = 5
const WITHIN_MS = 120_000

/** Each waits for the one moment in which a certain mistake does harm, so that no speed of the machine decides whether it is met. */
export const SITUATIONS = {
  'relay-crash-after-answer': {
    does: 'SIGKILL as soon as the relay has accepted a message',
    targets: RELAYS,
    begin: async (subject, { target }, signal) => {
      await accepted(subject, signal, ({ value }) => toldBy(target, value.told?.stream))
      subject.system.process(target).kill('SIGKILL')
    },
  },
  'sink-crash-after-answer': {
    does: 'SIGKILL of all sinks as soon as a relay has less to deliver, since a sink has answered',
    targets: [SINKS.join('+')],
    begin: async ({ system }, { target }, signal) => {
      const before = new Map<string, number>()
      await until('a sink has answered', signal, async () => {
        for (const name of RELAYS) {
          const { messages } = await waitingAt(system, name)
          if (messages < (before.get(name) ?? 0)) return true
          before.set(name, messages)
        }
        return false
      })
      for (const name of target.split('+')) system.process(name).kill('SIGKILL')
    },
  },
  'relay-crash-without-sinks': {
    does: 'all sinks are away until the relay has accepted a message, and then it gets SIGKILL',
    targets: RELAYS,
    begin: async (subject, { target }, signal) => {
      const sinks = SINKS.map((name) => subject.system.process(name))
      for (const sink of sinks) sink.hold()
      try {
        for (const sink of sinks) sink.kill('SIGKILL')
        await accepted(subject, signal, ({ value }) => toldBy(target, value.told?.stream))
        subject.system.process(target).kill('SIGKILL')
      } finally {
        for (const sink of sinks) sink.release()
      }
    },
  },
} satisfies Nemeses<MessagesSubject>

function toldBy(relay: string, stream = ''): boolean {
  return stream.startsWith(`${relay}~`)
}

/** Resolves when something is answered, from now on, that `is` it. */
async function accepted(
  { history: { operations } }: MessagesSubject,
  signal: AbortSignal,
  is: (operation: MessageOperation) => boolean,
): Promise<void> {
  let seen = operations.length
  await until('a message is accepted', signal, async () => {
    const news = operations.slice(seen)
    seen += news.length
    return news.some((operation) => operation.type === 'ok' && is(operation))
  })
}

/** Polls until it is so. What is thrown meanwhile may be a fault that was injected, so polling goes on. */
async function until(what: string, signal: AbortSignal, poll: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])
  for (; !deadline.aborted; await sleep(POLL_MS)) if (await poll().catch(() => false)) return
  throw new UnavailableError(`in vain waited until ${what}`)
}
