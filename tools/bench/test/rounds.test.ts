import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Candidate } from '../src/candidate.ts'
import { measureRounds } from '../src/rounds.ts'
import { KeptProgress } from './support/progress.ts'

/** Candidates that write down when they are measured, and give the number of the measurement. */
function recorders(names: string[]): { order: string[]; candidates: Candidate[] } {
  const order: string[] = []
  const candidates = names.map((name) => ({
    name,
    measure: async (row: string) => ({ wallMs: order.push(`${name} ${row}`) }),
  }))
  return { order, candidates }
}

const common = { title: 'test', progress: new KeptProgress() }

test('everyone is measured in every round, and the first one changes', async () => {
  const { order, candidates } = recorders(['a', 'b'])
  await measureRounds({ ...common, candidates, rows: ['x'], rounds: 3, warmUp: 0 })
  assert.deepEqual(order, ['a x', 'b x', 'b x', 'a x', 'a x', 'b x'])
})

test('all rows come once per round', async () => {
  const { order, candidates } = recorders(['a'])
  await measureRounds({ ...common, candidates, rows: ['x', 'y'], rounds: 2, warmUp: 0 })
  assert.deepEqual(order, ['a x', 'a y', 'a x', 'a y'])
})

test('the warm-up is measured and thrown away', async () => {
  const { order, candidates } = recorders(['a'])
  const series = await measureRounds({ ...common, candidates, rows: ['x'], rounds: 2, warmUp: 3 })
  assert.equal(order.length, 5)
  assert.deepEqual(series.values('x', { candidate: 'a', reading: 'wallMs' }), [4, 5])
})

test('no two measurements happen at once', async () => {
  let running = 0
  const measure = async () => {
    assert.equal(running++, 0)
    await new Promise(setImmediate)
    return { left: --running }
  }
  const candidates = [
    { name: 'a', measure },
    { name: 'b', measure },
  ]
  const series = await measureRounds({ ...common, candidates, rows: ['x', 'y'], rounds: 2, warmUp: 1 })
  assert.deepEqual(series.values('y', { candidate: 'b', reading: 'left' }), [0, 0])
})

test('a row that is not for a candidate stays empty, in the order of the candidates', async () => {
  const { candidates } = recorders(['a'])
  const choosy = { name: 'b', measure: async (row: string) => (row === 'y' ? { wallMs: 1 } : undefined) }
  const all = { ...common, candidates: [choosy, ...candidates], rows: ['x', 'y'], rounds: 1, warmUp: 0 }
  const series = await measureRounds(all)
  assert.deepEqual(series.candidates, ['b', 'a'])
  assert.equal(series.summary('x', { candidate: 'b', reading: 'wallMs' }), undefined)
  assert.equal(series.summary('y', { candidate: 'b', reading: 'wallMs' })?.median, 1)
})
