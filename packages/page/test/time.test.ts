import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText, time, until } from '../src/index.ts'

const now = new Date('2026-11-21T12:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)
const words = async (ms: number, element = time) => />([^<]*)</.exec(String(await element(at(ms), now)))?.[1]

test('a moment is told as seen from now', async () => {
  const told: [number, string][] = [
    [0, 'now'],
    [-999, 'now'],
    [-3000, '3 s ago'],
    [-59_999, '59 s ago'],
    [-60_000, '1 min ago'],
    [-3_600_000, '1 h ago'],
    [-86_400_000 * 400, '400 d ago'],
    [42_000, 'in 42 s'],
  ]
  for (const [ms, text] of told) assert.equal(await words(ms), text)
})

test('a moment that is waited for is never ago', async () => {
  assert.equal(await words(5000, until), 'in 5 s')
  assert.equal(await words(-5000, until), 'now')
})

test('the moment itself is in the title, to the millisecond', async () => {
  assert.match(
    String(await time(at(-1), now)),
    /datetime="2026-11-21T11:59:59\.999Z" title="2026-11-21 11:59:59\.999 UTC"/,
  )
})

test('a duration has the unit that suits it', () => {
  assert.deepEqual([0.4, 120, 1400, 12_000, 125_000, 7_500_000].map(durationText), [
    '0 ms',
    '120 ms',
    '1.4 s',
    '12 s',
    '2 min 5 s',
    '2 h 5 min',
  ])
})
