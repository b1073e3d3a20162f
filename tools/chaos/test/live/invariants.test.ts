import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlayedFault } from '../../src/fault.ts'
import { judge } from '../../src/judge.ts'
import type { LiveEvidence, LiveOperation, Wrong } from '../../src/live/evidence.ts'
import { INVARIANTS } from '../../src/live/invariants.ts'

const EVIDENCE: LiveEvidence = {
  operations: [],
  faults: [],
  endings: [],
  footprints: { calm: [], drained: [] },
  rows: [],
  owners: [],
  feeds: { 'media-server': 0 },
  waiting: [],
}

/** By the number of an invariant, how much it finds. */
function found(different: Partial<LiveEvidence>): Record<string, number> {
  const { verdicts } = judge(INVARIANTS, { ...EVIDENCE, ...different })
  const wrong = verdicts.map(({ id, violations = [] }) => [id, violations.length] as const)
  return Object.fromEntries(wrong.filter(([, count]) => count > 0))
}

function got(t: number, number: number, ...digests: string[]): LiveOperation {
  return { t, process: 0, type: 'ok', f: 'check', value: { number, digests } }
}

function failed(t: number, wrong: Wrong): LiveOperation {
  return { t, process: 0, type: 'fail', f: 'hls', value: { wrong, text: 'it is' } }
}

function fault(nemesis: string, target: string, beganAt: number, endedAt: number): PlayedFault {
  return { at: 0, nemesis, target, seconds: 0, beganAt, endedAt }
}

const KILL = fault('kill', 'media-server', 1000, 1000)
const CUT_OFF = fault('black-hole', 'media-server→media-server-peers-2', 1000, 2000)

test('nothing is found in a run in which all is right', () => {
  const operations = [got(1000, 7, 'a', 'a', 'a'), got(2000, 7, 'a'), got(3000, 8, 'b')]
  assert.deepEqual(found({ operations, faults: [KILL], owners: [{ at: 1000, owners: ['media-server'] }] }), {})
})

test('L1 finds a number with two contents, at one time and at two, whoever was killed', () => {
  assert.deepEqual(found({ operations: [got(1000, 7, 'a', 'b')] }), { L1: 1 })
  assert.deepEqual(found({ operations: [got(1000, 7, 'a'), got(60_000, 7, 'b')], faults: [KILL] }), { L1: 1 })
})

test('L2 and L3 find what is listed and absent, what is missing in between, and what went back', () => {
  const operations = [failed(1000, 'absent'), failed(1000, 'gap'), failed(1000, 'back')]
  assert.deepEqual(found({ operations, faults: [KILL] }), { L2: 1, L3: 2 })
})

test('while replicas do not hear each other, and a while longer, that is excused, and not before or after', () => {
  const operations = (t: number) => [got(t, 7, 'a', 'b'), failed(t, 'absent'), failed(t, 'gap')]
  for (const cause of [CUT_OFF, fault('stop', 'media-server', 1000, 2000), fault('split', 'owner', 1000, 2000)]) {
    for (const t of [1000, 2000, 9000]) assert.deepEqual(found({ operations: operations(t), faults: [cause] }), {})
    for (const t of [900, 13_000])
      assert.deepEqual(found({ operations: operations(t), faults: [cause] }), { L1: 1, L2: 1, L3: 1 })
  }
  const elsewhere = fault('black-hole', 'clients→media-server', 1000, 2000)
  assert.deepEqual(found({ operations: operations(1500), faults: [elsewhere] }), { L1: 1, L2: 1, L3: 1 })
})

test('L4 finds two owners for more than three seconds, but for the time in which they do not hear each other', () => {
  const owners = (...times: number[]) => times.map((at) => ({ at, owners: ['media-server', 'media-server-2'] }))
  assert.deepEqual(found({ owners: owners(5000, 6000, 7000, 8000, 9000) }), { L4: 1 })
  assert.deepEqual(found({ owners: owners(5000, 6000, 7000, 8000) }), {})
  const once = [...owners(5000, 6000), { at: 7000, owners: ['media-server'] }, ...owners(8000, 9000)]
  assert.deepEqual(found({ owners: once }), {})
  const faults = [fault('split', 'owner', 1000, 20_000)]
  assert.deepEqual(found({ owners: owners(5000, 10_000, 15_000), faults }), {})
})

test('L5 and L6 find a viewer that got nothing any more, and a feed that is left over', () => {
  assert.deepEqual(found({ waiting: [3], feeds: { 'media-server': 1 } }), { L5: 1, L6: 1 })
})
