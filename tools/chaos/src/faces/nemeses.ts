import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import type { Heal, Nemeses } from '../fault.ts'
import { repeating } from '../nemesis.ts'
import { lockRows } from './lock-rows.ts'
import type { StoreTrouble } from './object-store.ts'
import { type FacesSubject, STUB_LATENCY_MS } from './subject.ts'

const SLOW_FACES_MS = 3000
const KILL_SESSIONS_EVERY_MS = 300
const DUPLICATES_EVERY_MS = 200

/** What may go wrong with the database, the queue, the engine and the store of pictures. */
export const NEMESES = {
  'kill-sessions': {
    does: 'KILL of every session, again and again',
    targets: ['database'],
    begin: (subject) => repeating(KILL_SESSIONS_EVERY_MS, () => killSessions(subject)),
  },
  deadlock: {
    does: 'transactions that lock rows in other orders',
    targets: ['database'],
    begin: ({ database }) => repeating(0, () => lockRows(database)),
  },
  duplicates: {
    does: 'messages come again and again, also for photos that are final, and some mean nothing',
    targets: ['nsq'],
    begin: (subject) => repeating(DUPLICATES_EVERY_MS, () => sendAgain(subject)),
  },
  'slow-faces': {
    does: 'face-recognition takes seconds for each photo',
    targets: ['face-recognition'],
    begin: async (subject) => {
      await subject.faces({ latencyMs: SLOW_FACES_MS })
      return () => subject.faces({ latencyMs: STUB_LATENCY_MS })
    },
  },
  'failing-faces': {
    does: 'face-recognition fails every call',
    targets: ['face-recognition'],
    begin: async (subject) => {
      await subject.faces({ failures: 1 })
      return () => subject.faces({ failures: 0 })
    },
  },
  'store-away': {
    does: 'the store of pictures answers 503 to everything',
    targets: ['store'],
    begin: (subject) => inTrouble(subject, 'away'),
  },
  'store-slow': {
    does: 'the store takes seconds for every answer',
    targets: ['store'],
    begin: (subject) => inTrouble(subject, 'slow'),
  },
  'store-lies': {
    does: 'every second photo from the store is cut off, another one, a page, or not found',
    targets: ['store'],
    begin: (subject) => inTrouble(subject, 'lies'),
  },
  'known-gone': {
    does: 'the known people are not in the store any more, and come back',
    targets: ['known people'],
    begin: ({ objects }) => {
      objects.knownGone = true
      return () => {
        objects.knownGone = false
      }
    },
  },
} satisfies Nemeses<FacesSubject>

function inTrouble({ objects }: FacesSubject, trouble: StoreTrouble): Heal {
  objects.trouble = trouble
  return () => {
    objects.trouble = undefined
  }
}

async function killSessions({ database }: FacesSubject): Promise<void> {
  const sessions = await database.rows<{ id: string }>(
    'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
  )
  // One that is gone already is no fault.
  for (const { id } of sessions) await database.change(`KILL ${Number(id)}`).catch(() => {})
}

async function sendAgain({ database, nsqd }: FacesSubject): Promise<void> {
  const newest = await database.rows<{ id: string }>('SELECT id FROM images ORDER BY id DESC LIMIT 20')
  const messages = [
    ...newest.map(({ id }) => encodeImageId(id)),
    Buffer.from('nonsense'),
    Buffer.from('longer nonsense'),
  ]
  await Promise.all(messages.map((body) => fetch(`${nsqd}/pub?topic=${IMAGE_TOPIC}`, { method: 'POST', body })))
}
