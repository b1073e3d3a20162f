import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as invariants from '../../src/faces/invariants.ts'
import type { PlayedFault } from '../../src/fault.ts'
import { nobodyQuits, staysSmall } from '../../src/invariants.ts'
import { judge } from '../../src/judge.ts'
import { evidence, operation, row } from './support/evidence.ts'

const effect = { id: '1', generation: 1, rounds: 0, outcome: 'IDENTIFIED' }
const roll: PlayedFault = { at: 1, nemesis: 'roll', target: 'receiver', seconds: 0, beganAt: 1000, endedAt: 2000 }
const ending = { name: 'receiver', pid: 7, at: new Date(5000), how: 'exit code 0', signal: 'SIGTERM' as const }

test('every invariant holds in a run without a fault', () => {
  const { holds, lost, twice, stuck } = judge(invariants.INVARIANTS, evidence())
  assert.deepEqual({ holds, lost, twice, stuck }, { holds: true, lost: 0, twice: 0, stuck: 0 })
})

test('I1 finds an accepted photo without a row, and one whose effect is a half', () => {
  assert.equal(invariants.nothingLost(evidence({ rows: [] })).length, 1)
  assert.equal(invariants.nothingLost(evidence({ rows: [{ ...row, faces: 0 }] })).length, 1)
  const unsure = [operation('invoke'), operation('info')]
  assert.deepEqual(invariants.nothingLost(evidence({ operations: unsure, rows: [] })), [])
})

test('I1 finds a photo that is not final', () => {
  assert.equal(invariants.nothingStuck(evidence({ rows: [{ ...row, isFinal: false }] })).length, 1)
})

test('I2 finds a photo that became final twice, and one that did so unseen', () => {
  assert.equal(invariants.oneEffectEach(evidence({ effects: [effect, effect] })).length, 1)
  assert.deepEqual(invariants.oneEffectEach(evidence({ effects: [effect, { ...effect, rounds: 1 }] })), [])
  assert.equal(invariants.everyEffectSeen(evidence({ effects: [] })).length, 1)
})

test('I3 finds a row that nobody sent, and one whose client was refused', () => {
  assert.equal(invariants.nothingInvented(evidence({ rows: [{ ...row, path: 'other.jpg' }] })).length, 1)
  assert.equal(invariants.nothingInvented(evidence({ operations: [operation('fail')] })).length, 1)
  assert.deepEqual(invariants.nothingInvented(evidence({ operations: [operation('info')] })), [])
})

test('I4 finds another id for the same path, and a key that worked for two paths', () => {
  const told = [operation('ok', { ids: ['1'] }), operation('ok', { ids: ['2'] })]
  assert.equal(invariants.oneIdEach(evidence({ operations: told })).length, 1)
  const reused = { ...operation('ok', { key: 'k' }), f: 'reuse-key' as const }
  assert.equal(invariants.oneIdEach(evidence({ operations: [reused], rows: [] })).length, 1)
  const stored = { ...operation('info', { key: 'k' }), f: 'reuse-key' as const }
  assert.equal(invariants.oneIdEach(evidence({ operations: [stored] })).length, 1)
})

test('I5 finds a sixth attempt', () => {
  assert.equal(invariants.fewAttempts(evidence({ rows: [{ ...row, attempts: 6 }] })).length, 1)
})

test('I6 finds a wrong outcome, and a person where there should be none', () => {
  assert.equal(invariants.rightOutcome(evidence({ rows: [{ ...row, person: -1 }] })).length, 1)
  const mistaken = { ...row, outcome: 'NO_FACE', status: 2, person: -1 }
  assert.equal(invariants.rightOutcome(evidence({ rows: [mistaken] })).length, 1)
  const exhausted = { ...mistaken, outcome: 'EXHAUSTED' }
  assert.deepEqual(invariants.rightOutcome(evidence({ rows: [exhausted] })), [])
})

test('I11 finds a photo that was identified and is not any more, and one whose person was not known when it was recognised', () => {
  assert.equal(invariants.identificationsStay(evidence({ losses: ['1'] })).length, 1)
  const unknown = { ...effect, outcome: 'UNIDENTIFIED' }
  assert.equal(invariants.identificationsStay(evidence({ effects: [unknown, { ...effect, rounds: 1 }] })).length, 1)
})

test('I7 finds a breaker that opens twice, is not what it says, or lets messages come', () => {
  const seen = { process: 'image-processor', pid: 1, state: 'open', queue: 'paused' }
  const history = (...told: string[]) => told.map((to) => ({ at: '', to }))
  const of = (breaker: object) =>
    invariants.breakerLegal(evidence({ breakers: [{ ...seen, history: [], ...breaker }] }))
  assert.deepEqual(of({ history: history('open', 'closed', 'open') }), [])
  assert.equal(of({ history: history('open', 'open') }).length, 1)
  assert.equal(of({ history: history('open', 'closed') }).length, 1)
  assert.equal(of({ history: history('open'), queue: 'consuming' }).length, 1)
})

test('I8 finds what a client or a photo noticed of a rolling restart, and applies to nothing else', () => {
  const noticed = (different: Parameters<typeof evidence>[0]) =>
    invariants.gracefulIsUnseen(evidence({ faults: [roll], ...different }))?.length
  assert.equal(invariants.gracefulIsUnseen(evidence()), undefined)
  assert.equal(invariants.gracefulIsUnseen(evidence({ faults: [roll, { ...roll, nemesis: 'kill' }] })), undefined)
  assert.equal(noticed({ endings: [ending] }), 0)
  assert.equal(noticed({ operations: [operation('info', { error: 'ECONNRESET' })] }), 1)
  assert.equal(noticed({ redelivered: { timedOut: 1, cameAgain: 1 } }), 2)
  assert.equal(noticed({ rows: [{ ...row, attempts: 2 }] }), 1)
  assert.equal(noticed({ endings: [{ ...ending, how: 'exit code 1' }] }), 1)
  assert.equal(noticed({ faults: [{ ...roll, skipped: 'it did not become ready' }] }), 1)
})

test('I9 finds a process that ended on its own, except a database without a disk', () => {
  const crash = { ...ending, how: 'exit code 1', signal: undefined }
  assert.equal(nobodyQuits(evidence({ endings: [crash] })).length, 1)
  assert.deepEqual(nobodyQuits(evidence({ endings: [ending] })), [])
  const full: PlayedFault = { ...roll, nemesis: 'disk-full', target: 'database', beganAt: 4000, endedAt: 6000 }
  const database = { ...crash, name: 'database' }
  assert.deepEqual(nobodyQuits(evidence({ endings: [database], faults: [full] })), [])
  assert.equal(nobodyQuits(evidence({ endings: [database] })).length, 1)
})

test('I10 finds a process that grew, in memory or in files', () => {
  const small = { process: 'receiver', pid: 1, bytes: 100e6, files: 30 }
  const grown = (more: object) =>
    staysSmall(evidence({ footprints: { calm: [small], drained: [{ ...small, ...more }] } })).length
  assert.equal(grown({}), 0)
  assert.equal(grown({ bytes: 400e6 }), 1)
  assert.equal(grown({ files: 200 }), 1)
})
