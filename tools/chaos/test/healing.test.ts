import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlayedFault } from '../src/fault.ts'
import { healings } from '../src/healing.ts'
import type { Operation } from '../src/history.ts'
import { operation, row } from './support/evidence.ts'

const fault: PlayedFault = { at: 0, nemesis: 'stop', target: 'nsq', seconds: 1, beganAt: 1000, endedAt: 2000 }
const at = (t: number, type: Operation['type'], process = 0): Operation => ({ ...operation(type), t, process })

test('work flows when something sent later was accepted and something accepted later is final', () => {
  const operations = [at(1500, 'invoke'), at(2100, 'ok'), at(2200, 'invoke'), at(2400, 'ok')]
  const rows = [
    { ...row, createdAt: 1500, finishedAt: 2100 },
    { ...row, createdAt: 2400, finishedAt: 3500 },
  ]
  const [healing] = healings([fault], { operations, rows, pages: [] })
  assert.equal(healing?.seconds, 1.5)
  assert.equal(healing?.overlapped, false)
})

test('it has not healed when nothing is accepted, or nothing is final', () => {
  const rows = [{ ...row, createdAt: 2100, finishedAt: null }]
  const accepted = [at(2100, 'invoke'), at(2200, 'ok')]
  assert.equal(healings([fault], { operations: accepted, rows, pages: [] })[0]?.seconds, undefined)
  const refused = [at(2100, 'invoke'), at(2200, 'info')]
  assert.equal(healings([fault], { operations: refused, rows: [row], pages: [] })[0]?.seconds, undefined)
})

test('the page heals when it answers; faults at the same time are said to overlap', () => {
  const page = { ...fault, target: 'frontend' }
  const both = healings([page, { ...fault, beganAt: 2500, endedAt: 2600 }], {
    operations: [],
    rows: [],
    pages: [1900, 3000],
  })
  assert.deepEqual(
    both.map(({ seconds, overlapped }) => ({ seconds, overlapped })),
    [
      { seconds: 1, overlapped: true },
      { seconds: undefined, overlapped: true },
    ],
  )
})
