import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, measureRounds, type Rounds } from '../src/rounds.ts'
import { tinyBench } from './support/tiny-bench.ts'

type Row = { name: string }

const [x, y] = [{ name: 'x' }, { name: 'y' }]

/** Candidates that write down when they are measured, and give the number of the measurement. */
function recorders(names: string[]): { order: string[]; candidates: Candidate<Row>[] } {
  const order: string[] = []
  const candidates = names.map((name) => ({
    name,
    measure: async (row: Row) => ({ wallMs: order.push(`${name} ${row.name}`) }),
  }))
  return { order, candidates }
}

const measure = async (rounds: Omit<Rounds<Row>, 'title'>) =>
  await measureRounds(tinyBench(), { title: 'test', ...rounds })

test('everyone is measured in every round, and the first one changes', async () => {
  const { order, candidates } = recorders(['a', 'b'])
  await measure({ candidates, rows: [x], rounds: 3, warmUp: 0 })
  assert.deepEqual(order, ['a x', 'b x', 'b x', 'a x', 'a x', 'b x'])
})

test('all rows come once per round', async () => {
  const { order, candidates } = recorders(['a'])
  await measure({ candidates, rows: [x, y], rounds: 2, warmUp: 0 })
  assert.deepEqual(order, ['a x', 'a y', 'a x', 'a y'])
})

test('the warm-up is measured and thrown away', async () => {
  const { order, candidates } = recorders(['a'])
  const series = await measure({ candidates, rows: [x], rounds: 2, warmUp: 3 })
  assert.equal(order.length, 5)
  assert.deepEqual(series.values('x', { candidate: 'a', reading: 'wallMs' }), [4, 5])
})

test('no two measurements happen at once', async () => {
  let running = 0
  const alone = async () => {
    assert.equal(running++, 0)
    await new Promise(setImmediate)
    return { left: --running }
  }
  const candidates = [
    { name: 'a', measure: alone },
    { name: 'b', measure: alone },
  ]
  const series = await measure({ candidates, rows: [x, y], rounds: 2 })
  assert.deepEqual(series.values('y', { candidate: 'b', reading: 'left' }), [0, 0])
})

test('a row that is not for a candidate stays empty, in the order of the candidates', async () => {
  const { candidates } = recorders(['a'])
  const choosy = { name: 'b', measure: async (row: Row) => (row === y ? { wallMs: 1 } : undefined) }
  const series = await measure({ candidates: [choosy, ...candidates], rows: [x, y], rounds: 1, warmUp: 0 })
  assert.deepEqual(series.candidates, ['b', 'a'])
  assert.equal(series.summary('x', { candidate: 'b', reading: 'wallMs' }), undefined)
  assert.equal(series.summary('y', { candidate: 'b', reading: 'wallMs' })?.median, 1)
})

test('nothing is measured any more when it is to stop', async () => {
  const { order, candidates } = recorders(['a', 'b'])
  const stop = new AbortController()
  const stopping = { name: 'c', measure: async () => stop.abort(new Error('enough')) as undefined }
  const bench = { ...tinyBench(), signal: stop.signal }
  const rounds = { title: 'test', candidates: [stopping, ...candidates], rows: [x], rounds: 1 }
  await assert.rejects(measureRounds(bench, rounds), /enough/)
  assert.deepEqual(order, [])
})
