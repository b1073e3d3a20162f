import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlayedFault } from '../src/fault.ts'
import { healings } from '../src/healing.ts'
import type { Operation } from '../src/history.ts'
import { operation, row } from './support/evidence.ts'

const fault: PlayedFault = { at: 0, nemesis: 'stop', target: 'nsq', seconds: 1, beganAt: 1000, endedAt: 2000 }
const at = (t: number, type: Operation['type'], process = 0): Operation => ({ ...operation(type), t, process })

test('work flows when something sent later was accepted and a photo accepted later is final; it is settled with the last open photo', () => {
  const operations = [at(1500, 'invoke'), at(2100, 'ok'), at(2200, 'invoke'), at(2400, 'ok')]
  const rows = [
    { ...row, createdAt: 1500, finishedAt: 2600 },
    { ...row, createdAt: 1600, finishedAt: 4000 },
    { ...row, createdAt: 2400, finishedAt: 9000 },
  ]
  const [healing] = healings([fault], { operations, rows, pages: [] })
  assert.deepEqual(healing, { fault, flows: 7, settled: 2, overlapped: false })
})

test('it has not healed when nothing is accepted, or nothing is final', () => {
  const rows = [{ ...row, createdAt: 1500, finishedAt: null }]
  const accepted = [at(2100, 'invoke'), at(2200, 'ok')]
  const [stuck] = healings([fault], { operations: accepted, rows, pages: [] })
  assert.deepEqual([stuck?.flows, stuck?.settled], [undefined, undefined])
  const refused = [at(2100, 'invoke'), at(2200, 'info')]
  const final = [{ ...row, createdAt: 2050, finishedAt: 2100 }]
  assert.equal(healings([fault], { operations: refused, rows: final, pages: [] })[0]?.flows, undefined)
})

test('the page heals when it answers; faults at the same time are said to overlap', () => {
  const page = { ...fault, target: 'frontend' }
  const other = { ...fault, beganAt: 2500, endedAt: 2600 }
  const both = healings([page, other], { operations: [at(2700, 'invoke')], rows: [], pages: [1900, 3000] })
  assert.deepEqual(
    both.map(({ flows, overlapped }) => ({ flows, overlapped })),
    [
      { flows: 1, overlapped: true },
      { flows: undefined, overlapped: false },
    ],
  )
})

test('what ended when nobody sent anything any more is left out', () => {
  assert.deepEqual(healings([fault], { operations: [at(1900, 'invoke')], rows: [], pages: [] }), [])
})
