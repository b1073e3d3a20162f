import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { judge } from '../../src/judge.ts'
import type { MessagesEvidence } from '../../src/messages/evidence.ts'
import * as invariants from '../../src/messages/invariants.ts'
import { batch, evidence, post, ROWS, rowOf } from './support/evidence.ts'

const without = (stream: string) => ROWS.filter((row) => row.stream !== stream)
/** By the number of an invariant, how much it finds. */
function found(different: Partial<MessagesEvidence>): Record<string, number> {
  const { verdicts } = judge(invariants.INVARIANTS, evidence(different))
  const wrong = verdicts.map(({ id, violations = [] }) => [id, violations.length] as const)
  return Object.fromEntries(wrong.filter(([, count]) => count > 0))
}

test('every invariant holds in a run without a fault', () => {
  const { holds, lost, twice, stuck } = judge(invariants.INVARIANTS, evidence())
  assert.deepEqual({ holds, lost, twice, stuck }, { holds: true, lost: 0, twice: 0, stuck: 0 })
})

test('M1 finds an accepted message without a row, and one of a sender', () => {
  const { nothingLost } = invariants
  for (const stream of ['client-0~1', 'relay~1', 'sender~1'])
    assert.equal(nothingLost(evidence({ messages: without(stream) })).length, 1)
  assert.deepEqual(nothingLost(evidence({ operations: [batch('info')], messages: without('client-0~1') })), [])
})

test('M1 takes a dead letter for a number that was used twice, and none for what a relay has numbered', () => {
  const { nothingLost } = invariants
  const other = batch('ok', { body: 'other' })
  const letter = (stream: string, body: string) => ({
    ...{ stream, seq: 1, relay: 'relay', refusedAt: 0 },
    id: `${stream}.1.${hash('sha256', body).slice(0, 16)}`,
  })
  assert.equal(nothingLost(evidence({ operations: [other] })).length, 1)
  assert.deepEqual(nothingLost(evidence({ operations: [other], letters: [letter('client-0~1', 'other')] })), [])
  const ofRelay = { messages: without('relay~1'), letters: [letter('relay~1', 'client 1 message 1')] }
  assert.equal(nothingLost(evidence(ofRelay)).length, 1)
})

test('M1 finds what is stored under another number than the one that was told', () => {
  assert.equal(invariants.nothingLost(evidence({ operations: [post('ok', { stream: 'relay~1', seq: 2 })] })).length, 1)
})

test('M1 finds what waits, and a stream with a gap', () => {
  assert.equal(invariants.nothingStuck(evidence({ waiting: { relay: 3 } })).length, 1)
  const { report } = evidence()
  const streams = report.streams.map((stream) => ({ ...stream, missing: 1 }))
  assert.equal(invariants.nothingStuck(evidence({ report: { ...report, streams } })).length, 3)
})

test('M2 finds a body that is stored or logged twice, and a sender with more messages than it made', () => {
  const again = rowOf({ seq: 2, position: 4 })
  assert.equal(invariants.nothingTwice(evidence({ messages: [...ROWS, again] })).length, 1)
  const { logs } = evidence()
  assert.equal(invariants.nothingTwice(evidence({ logs: { ...logs, 'sink-2': [again.body ?? ''] } })).length, 1)
  assert.equal(invariants.nothingTwice(evidence({ senders: [{ stream: 'sender~1', stored: 0 }] })).length, 1)
})

test('M3 finds a gap, messages of a sink in another order, and a client that is overtaken by itself', () => {
  assert.equal(invariants.inOrder(evidence({ messages: [rowOf({ seq: 2 })] })).length, 1)
  const turned = [rowOf({ position: 2 }), rowOf({ seq: 2, position: 1 })]
  assert.equal(invariants.inOrder(evidence({ messages: turned })).length, 1)
  const overtaken = [post('ok', { stream: 'relay~1', seq: 2 }), post('ok')]
  assert.equal(invariants.inOrder(evidence({ operations: overtaken })).length, 1)
})

test('M4 finds a row that is not logged, a line without a row, and lines in another order', () => {
  const bodies = evidence().logs.sink ?? []
  assert.deepEqual(found({ logs: { sink: bodies.slice(0, 2) } }), { M4: 2 })
  assert.deepEqual(found({ logs: { sink: [...bodies, 'forged'] } }), { M4: 1 })
  assert.deepEqual(found({ logs: { sink: bodies.toReversed() } }), { M4: 1 })
})

test('M5 finds a report that says something else than the rows', () => {
  const { report } = evidence()
  assert.deepEqual(found({ report: { ...report, streams: report.streams.slice(1) } }), { M5: 1 })
  assert.deepEqual(found({ report: { ...report, sinks: [{ name: 'sink', taken: 3, unlogged: 1 }] } }), { M5: 2 })
})

test('M6 finds a row that nobody sent, and one whose client was refused', () => {
  assert.equal(invariants.nothingInvented(evidence({ operations: [post('ok')] })).length, 1)
  assert.equal(invariants.nothingInvented(evidence({ operations: [batch('fail'), post('ok')] })).length, 1)
  assert.deepEqual(invariants.nothingInvented(evidence({ operations: [batch('info'), post('ok')] })), [])
})

test('M7 finds a key with two answers', () => {
  const told = [post('ok'), post('ok', { stream: 'relay~1', seq: 2 })]
  assert.equal(invariants.oneAnswerEach(evidence({ operations: told })).length, 1)
})
