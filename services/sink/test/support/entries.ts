import { hash } from 'node:crypto'
import type { Content } from '@livepods/messages'
import { createLog } from '@livepods/service'
import type { Database } from '@livepods/sql'
import { type Entry, entryOf } from '../../src/entry.ts'
import { MessageStore } from '../../src/message-store.ts'

const ORIGIN = { address: '10.0.0.1', relay: 'relays-0', requestId: null, traceparent: null }

export const log = createLog('test', 'silent')

export const entry = (stream: string, seq: number | undefined, content: Content = `${stream} ${seq}`): Entry =>
  entryOf({ content, ...(seq !== undefined && { stream, seq }) }, stream, ORIGIN)

/** Messages of a stream, from one number to another. */
export const entries = (stream: string, from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(stream, from + index))

export const tombstone = (stream: string, seq: number, body: string): Entry =>
  entry(stream, seq, { tombstone: hash('sha256', body) })

/** The store of a sink that is known to the others. */
export async function storeOf(database: Database, name = 'sink', position = 0): Promise<MessageStore> {
  const uuid = `00000000-0000-0000-0000-${name.padStart(12, '0')}`
  const store = new MessageStore(database, { identity: { uuid, name }, position, log })
  await store.register()
  return store
}

/** What a sink took, in the order of its log. */
export async function takenBy(store: MessageStore): Promise<string[]> {
  const taken: string[] = []
  for (let position = 0; ; ) {
    const page = await store.after(position, 1000)
    taken.push(...page.map(({ body }) => String(body)))
    const last = page.at(-1)
    if (!last) return taken
    position = last.position
  }
}
