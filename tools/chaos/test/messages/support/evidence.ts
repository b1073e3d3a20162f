import type { MessageOperation, MessageRow, MessagesEvidence } from '../../../src/messages/evidence.ts'

const NUMBERED = { stream: 'client-0~1', seq: 1, body: 'client 0 message 1' }
const UNNUMBERED = { stream: 'relay~1', seq: 1, body: 'client 1 message 1' }
const OF_SENDER = { stream: 'sender~1', seq: 1, body: 'Message sent' }

export function rowOf(row: Partial<MessageRow> = {}): MessageRow {
  return { ...NUMBERED, kind: 'message', sink: 'sink', position: 1, takenAt: 2000, ...row }
}

export function batch(
  type: MessageOperation['type'],
  message: Partial<MessageOperation['value']['messages'][0]> = {},
): MessageOperation {
  return { t: 1000, process: 0, type, f: 'batch', value: { messages: [{ ...NUMBERED, ...message }] } }
}

export function post(type: MessageOperation['type'], told = { stream: 'relay~1', seq: 1 }): MessageOperation {
  const { body } = UNNUMBERED
  return { t: 1000, process: 1, type, f: 'post', value: { messages: [{ body }], key: body, told } }
}

export const ROWS = [rowOf(), rowOf({ ...UNNUMBERED, position: 2 }), rowOf({ ...OF_SENDER, position: 3 })]

/** A run in which every invariant holds, with what a test wants to be different. */
export function evidence(different: Partial<MessagesEvidence> = {}): MessagesEvidence {
  const streams = ROWS.map(({ stream }) => ({ name: stream, last: 1, missing: 0, absent: 0 }))
  return {
    operations: [batch('ok'), post('ok')],
    messages: ROWS,
    letters: [],
    logs: { sink: ROWS.map(({ body }) => body ?? '') },
    senders: [{ stream: OF_SENDER.stream, stored: 1 }],
    report: { streams, sinks: [{ name: 'sink', taken: ROWS.length, unlogged: 0 }] },
    waiting: { relay: 0 },
    rows: [],
    faults: [],
    endings: [],
    footprints: { calm: [], drained: [] },
    ...different,
  }
}
