import { setTimeout as sleep } from 'node:timers/promises'
import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { FINAL } from './audit.ts'
import type { Situation } from './fault.ts'
import type { History } from './history.ts'
import { Unavailable } from './nemesis.ts'
import { channels } from './nsqd-stats.ts'
import type { Subject } from './subject.ts'

const POLL_MS = 10
/** A right system never comes into some of these moments, and a slow machine late into the others. */
const NEVER_MS = 5000
const WITHIN_MS = 120_000
/** One of them may be locked by the last statement that the sleeping process sent. */
const HELD = 2
const ACCEPTED_WITHOUT_QUEUE = 5
const REPEATED = 20

export interface Scene {
  subject: Subject
  history: History
  signal: AbortSignal
}

/** Resolves when the situation has come about and is over. Throws Unavailable when it cannot be had. */
export async function make(situation: Situation, target: string, scene: Scene): Promise<void> {
  await MAKE[situation](target, scene)
}

const MAKE: Record<Situation, (target: string, scene: Scene) => Promise<void>> = {
  'outlived-lease': async (target, scene) => {
    const { subject } = scene
    const worker = subject.system.process(target)
    const held = await until('it holds photos', scene, async () => {
      worker.kill('SIGSTOP')
      const ids = await heldBy(worker.pid, subject)
      if (ids.length >= HELD) return ids
      worker.kill('SIGCONT')
      await sleep(10 * POLL_MS)
      return undefined
    })
    try {
      await until('another one has finished one of them', scene, async () => {
        const final = await subject.database.rows(`SELECT id FROM images WHERE id IN (?) AND ${FINAL} LIMIT 1`, [held])
        return final[0]
      })
    } finally {
      worker.kill('SIGCONT')
    }
  },
  'queue-gone': async (target, { subject, history, ...scene }) => {
    const queue = subject.system.process(target)
    queue.hold()
    try {
      queue.kill('SIGKILL')
      const before = history.accepted
      const enough = async () => (history.accepted >= before + ACCEPTED_WITHOUT_QUEUE ? true : undefined)
      await until('photos are accepted', { subject, history, ...scene }, enough)
    } finally {
      queue.release()
    }
  },
  'repeated-message': async (_target, scene) => {
    const { database, system } = scene.subject
    const http = `http://127.0.0.1:${system.port('nsqd-http')}`
    const final = await until('a photo is final', scene, async () => {
      const rows = await database.rows<{ id: string }>(
        `SELECT id FROM images WHERE ${FINAL} ORDER BY id DESC LIMIT ${REPEATED}`,
      )
      return rows.length > 0 ? rows : undefined
    })
    for (const { id } of final)
      await fetch(`${http}/pub?topic=${IMAGE_TOPIC}`, { method: 'POST', body: encodeImageId(id) })
    const sent = (await counts(system.port('nsqd-http'))).received
    await until('the messages are handled', scene, async () => {
      const { received, waiting } = await counts(system.port('nsqd-http'))
      return received - waiting >= sent ? true : undefined
    })
  },
  'crash-after-answer': async (target, scene) => {
    const before = scene.history.accepted
    await until('a photo is accepted', scene, async () => (scene.history.accepted > before ? true : undefined))
    scene.subject.system.process(target).kill('SIGKILL')
  },
  'crash-between-writes': async (_target, scene) => {
    const { database, system } = scene.subject
    const signal = AbortSignal.any([scene.signal, AbortSignal.timeout(NEVER_MS)])
    const half = await until('a photo is half written', { ...scene, signal }, async () => {
      const rows = await database.rows<{ claimed_by: string }>(
        `SELECT claimed_by FROM images WHERE due_at IS NULL AND outcome IN ('IDENTIFIED', 'UNIDENTIFIED')
           AND NOT EXISTS (SELECT 1 FROM faces WHERE faces.image_id = images.id) ORDER BY id DESC LIMIT 1`,
      )
      return rows[0]
    })
    system.processes.find(({ pid }) => pid !== undefined && half.claimed_by.endsWith(`.${pid}`))?.kill('SIGKILL')
  },
}

async function heldBy(pid: number | undefined, { database }: Subject): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(
    'SELECT id FROM images WHERE status = 3 AND token IS NOT NULL AND claimed_by LIKE ?',
    [`%.${pid}`],
  )
  return rows.map(({ id }) => id)
}

/** Messages that channels got since nsqd was started, and those of them that nobody has finished. */
async function counts(nsqdHttpPort: number): Promise<{ received: number; waiting: number }> {
  let [received, waiting] = [0, 0]
  for (const { message_count, depth, in_flight_count, deferred_count } of await channels(nsqdHttpPort)) {
    received += message_count
    waiting += depth + in_flight_count + deferred_count
  }
  return { received, waiting }
}

/** What `look` finds as soon as it finds something. What it throws is tried again: a fault may be under way. */
async function until<T>(what: string, { signal }: Scene, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])
  while (!deadline.aborted) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    await sleep(POLL_MS)
  }
  throw new Unavailable(`in vain waited until ${what}`)
}
