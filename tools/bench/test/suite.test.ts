import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joined } from '../src/report.ts'
import { measureParts, planOf } from '../src/suite.ts'
import { result } from './support/result.ts'
import { tinyBench } from './support/tiny-bench.ts'

const part = (name: string) => async (shared: string) => `${name} of ${shared}`
const parts = { black: part('black'), green: part('green'), white: part('white') }

test('the parts that are wanted are measured in their order, with what they share', async () => {
  assert.deepEqual(await measureParts(parts, 'tea', tinyBench(['white', 'black'])), ['black of tea', 'white of tea'])
})

test('no part begins when it is to stop', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(measureParts(parts, 'tea', { ...tinyBench(['green']), signal }), /enough/)
})

test('a part measures as much as its size says, and as many rounds as are asked for', () => {
  const plans = { full: { rounds: 9, cups: 3 }, quick: { rounds: 1, cups: 1 }, tiny: { rounds: 1, cups: 0 } }
  assert.deepEqual(planOf({ ...tinyBench(), size: 'full' }, plans), { rounds: 9, cups: 3 })
  assert.deepEqual(planOf({ ...tinyBench(), rounds: 4 }, plans), { rounds: 4, cups: 0 })
})

test('what several parts found is told in their order', () => {
  const { targets, tables } = result
  const found = { targets, tables, data: { green: 1 } }
  assert.deepEqual(
    joined([
      { ...found, about: ['Two kinds.'] },
      { ...found, data: { black: 2 } },
    ]),
    {
      about: ['Two kinds.'],
      targets: [...targets, ...targets],
      tables: [...tables, ...tables],
      data: { green: 1, black: 2 },
    },
  )
})
