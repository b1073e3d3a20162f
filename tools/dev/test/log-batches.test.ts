import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { LogBatches } from '../src/log-batches.ts'

function batches(timing: { quietMs?: number; longestMs?: number }) {
  const told: string[] = []
  const batches = new LogBatches((process, said) => told.push(`${process}: ${said}`), timing)
  return { told, batches }
}

test('what is said many times is one line, once it is quiet', async () => {
  const { told, batches: log } = batches({ quietMs: 10 })
  for (let i = 0; i < 1000; i++) log.add('image-processor', 'image completed')
  log.add('image-processor', 'ready')
  log.add('receiver', 'ready')
  assert.deepEqual(told, [])
  await eventually(() => assert.deepEqual(told, ['image-processor: image completed × 1000, ready', 'receiver: ready']))
})

test('what goes on and on is told all the same', async () => {
  const { told, batches: log } = batches({ quietMs: 60_000, longestMs: 20 })
  log.add('receiver', 'photo accepted')
  await eventually(() => assert.equal(told.length, 1))
  log.add('receiver', 'photo accepted')
  await eventually(() => assert.equal(told.length, 2))
})

test('at the end nothing is kept back', () => {
  const { told, batches: log } = batches({})
  log.add('receiver', 'stopped')
  log[Symbol.dispose]()
  assert.deepEqual(told, ['receiver: stopped'])
})
