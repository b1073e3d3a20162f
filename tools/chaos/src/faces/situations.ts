import { setTimeout as sleep } from 'node:timers/promises'
import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { type Nemeses, UnavailableError } from '../fault.ts'
import { FINAL } from './audit.ts'
import { channels } from './nsqd-stats.ts'
import type { FacesSubject } from './subject.ts'
import { PROCESSORS } from './targets.ts'

const POLL_MS = 10
/** A right system never comes into some of these moments, and a slow machine late into the others. */
const NEVER_MS = 5000
const WITHIN_MS = 120_000
/** Some may be in statements that the sleeping process has sent, or have an answer only after it has noticed that its lease is lost. */
const HELD = 4
const ACCEPTED_WITHOUT_QUEUE = 5
const REPEATED = 20

/** Each waits for the one moment in which a certain mistake does harm, so that no speed of the machine decides whether it is met. */
export const SITUATIONS = {
  'outlived-lease': {
    does: 'a process sleeps with photos in hand until another one has finished one of them, and then goes on',
    targets: PROCESSORS,
    begin: async (subject, { target }, signal) => {
      const worker = subject.system.process(target)
      const held = await until('it holds photos', signal, async () => {
        worker.kill('SIGSTOP')
        const ids = await heldBy(worker.pid, subject)
        if (ids.length >= HELD) return ids
        worker.kill('SIGCONT')
        await sleep(10 * POLL_MS)
        return undefined
      })
      try {
        await until('another one has finished one of them', signal, async () => {
          const final = await subject.database.rows(`SELECT id FROM images WHERE id IN (?) AND ${FINAL} LIMIT 1`, [
            held,
          ])
          return final[0]
        })
      } finally {
        worker.kill('SIGCONT')
      }
    },
  },
  'queue-gone': {
    does: 'nsqd is away, and its messages with it, until photos have been accepted without it',
    targets: ['nsq'],
    begin: async ({ system, history }, { target }, signal) => {
      const queue = system.process(target)
      queue.hold()
      try {
        queue.kill('SIGKILL')
        const before = history.accepted
        const enough = async () => (history.accepted >= before + ACCEPTED_WITHOUT_QUEUE ? true : undefined)
        await until('photos are accepted', signal, enough)
      } finally {
        queue.release()
      }
    },
  },
  'repeated-message': {
    does: 'messages about final photos come again until they have been handled',
    targets: ['nsq'],
    begin: async ({ database, nsqd }, _fault, signal) => {
      const final = await until('a photo is final', signal, async () => {
        const rows = await database.rows<{ id: string }>(
          `SELECT id FROM images WHERE ${FINAL} ORDER BY id DESC LIMIT ${REPEATED}`,
        )
        return rows.length > 0 ? rows : undefined
      })
      for (const { id } of final)
        await fetch(`${nsqd}/pub?topic=${IMAGE_TOPIC}`, { method: 'POST', body: encodeImageId(id) })
      const sent = (await counts(nsqd)).received
      await until('the messages are handled', signal, async () => {
        const { received, waiting } = await counts(nsqd)
        return received - waiting >= sent ? true : undefined
      })
    },
  },
  'crash-after-answer': {
    does: 'SIGKILL as soon as a photo has been accepted',
    targets: ['receiver'],
    begin: async ({ system, history }, { target }, signal) => {
      const before = history.accepted
      await until('a photo is accepted', signal, async () => (history.accepted > before ? true : undefined))
      system.process(target).kill('SIGKILL')
    },
  },
  'crash-between-writes': {
    does: 'SIGKILL of who has made a photo final, as soon as it has and its faces are not there',
    targets: PROCESSORS,
    begin: async ({ system, database }, _fault, signal) => {
      const never = AbortSignal.any([signal, AbortSignal.timeout(NEVER_MS)])
      const half = await until('a photo is half written', never, async () => {
        const rows = await database.rows<{ claimed_by: string }>(
          `SELECT claimed_by FROM images WHERE due_at IS NULL AND outcome IN ('IDENTIFIED', 'UNIDENTIFIED')
             AND NOT EXISTS (SELECT 1 FROM faces WHERE faces.image_id = images.id) ORDER BY id DESC LIMIT 1`,
        )
        return rows[0]
      })
      system.processes.find(({ pid }) => pid !== undefined && half.claimed_by.endsWith(`.${pid}`))?.kill('SIGKILL')
    },
  },
} satisfies Nemeses<FacesSubject>

async function heldBy(pid: number | undefined, { database }: FacesSubject): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(
    'SELECT id FROM images WHERE status = 3 AND token IS NOT NULL AND claimed_by LIKE ?',
    [`%.${pid}`],
  )
  return rows.map(({ id }) => id)
}

/** Messages that channels got since nsqd was started, and those of them that nobody has finished. */
async function counts(nsqd: string): Promise<{ received: number; waiting: number }> {
  let [received, waiting] = [0, 0]
  for (const { message_count, depth, in_flight_count, deferred_count } of await channels(nsqd)) {
    received += message_count
    waiting += depth + in_flight_count + deferred_count
  }
  return { received, waiting }
}

/** Polls until there is an answer. What is thrown meanwhile may be a fault that was injected, so polling goes on. */
async function until<T>(what: string, signal: AbortSignal, poll: () => Promise<T | undefined>): Promise<T> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])
  while (!deadline.aborted) {
    const found = await poll().catch(() => undefined)
    if (found !== undefined) return found
    await sleep(POLL_MS)
  }
  throw new UnavailableError(`in vain waited until ${what}`)
}
