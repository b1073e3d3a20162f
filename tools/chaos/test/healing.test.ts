import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlayedFault } from '../src/fault.ts'
import { healings } from '../src/healing.ts'
import type { Operation } from '../src/history.ts'

const fault: PlayedFault = { at: 0, nemesis: 'stop', target: 'nsq', seconds: 1, beganAt: 1000, endedAt: 2000 }
const at = (t: number, type: Operation['type']): Operation => ({ t, process: 0, type, f: 'post', value: {} })
const work = (createdAt: number, finishedAt: number | null) => ({ createdAt, finishedAt, outcome: 'IDENTIFIED' })

test('work flows when something sent later was accepted and a photo accepted later is final; it is settled with the last open photo', () => {
  const operations = [at(1500, 'invoke'), at(2100, 'ok'), at(2200, 'invoke'), at(2400, 'ok')]
  const rows = [work(1500, 2600), work(1600, 4000), work(2400, 9000)]
  const [healing] = healings({ faults: [fault], operations, rows })
  assert.deepEqual(healing, { fault, flows: 7, settled: 2, overlapped: false })
})

test('it has not healed when nothing is accepted, or nothing is final', () => {
  const rows = [work(1500, null)]
  const accepted = [at(2100, 'invoke'), at(2200, 'ok')]
  const [stuck] = healings({ faults: [fault], operations: accepted, rows })
  assert.deepEqual([stuck?.flows, stuck?.settled], [undefined, undefined])
  const refused = [at(2100, 'invoke'), at(2200, 'info')]
  const final = [work(2050, 2100)]
  assert.equal(healings({ faults: [fault], operations: refused, rows: final })[0]?.flows, undefined)
})

test('a process that no work passes through heals when it answers; faults at the same time are said to overlap', () => {
  const page = { ...fault, target: 'frontend' }
  const other = { ...fault, beganAt: 2500, endedAt: 2600 }
  const both = healings({
    faults: [page, other],
    operations: [at(2700, 'invoke')],
    rows: [],
    answers: { frontend: [1900, 3000] },
  })
  assert.deepEqual(
    both.map(({ flows, overlapped }) => ({ flows, overlapped })),
    [
      { flows: 1, overlapped: true },
      { flows: undefined, overlapped: false },
    ],
  )
})

test('what ended when nobody sent anything any more is left out', () => {
  assert.deepEqual(healings({ faults: [fault], operations: [at(1900, 'invoke')], rows: [] }), [])
})
