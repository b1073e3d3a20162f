import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Presentation, type TrackDescription } from '../src/cmaf/presentation.ts'
import { Window } from '../src/cmaf/window.ts'

const head = (number: number, period = 1) => ({
  number,
  startsAt: number * 1000,
  start: number * 48_000,
  period,
  periodStartsAt: 0,
  init: `i${period}`,
})
const part = (duration = 1, bytes = 10) => ({ bytes: Buffer.alloc(bytes), duration, samples: 1, independent: true })

function filled(window: Window, numbers: number[], { period = 1, duration = 1, bytes = 10 } = {}): Window {
  for (const number of numbers) {
    window.open(head(number, period))
    window.add(part(duration, bytes))
    window.close()
  }
  return window
}

const numbers = ({ segments }: Window) => segments.map(({ number }) => number)

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

test('a window keeps so many seconds, and serves what left it for three target durations more', () => {
  const window = filled(new Window({ seconds: 5, bytes: 1e9 }), upTo(12))
  assert.deepEqual(numbers(window), [8, 9, 10, 11, 12])
  assert.deepEqual(
    [1, 3, 4, 7].map((number) => window.find(number)?.number),
    [undefined, undefined, 4, 7],
  )
})

test('a window keeps three segments that are too long, and two that are too large', () => {
  assert.equal(filled(new Window({ seconds: 5, bytes: 1e9 }), upTo(9), { duration: 10 }).segments.length, 3)
  const large = filled(new Window({ seconds: 5, bytes: 100 }), upTo(9), { bytes: 90 })
  assert.deepEqual(numbers(large), [8, 9])
  // Of those that left, which are too large together, it serves what left a target duration ago.
  assert.deepEqual(
    [5, 6, 7].map((number) => large.find(number)?.number),
    [undefined, 6, 7],
  )
})

test('a window that misses numbers begins anew, and still serves what was before', () => {
  const window = filled(new Window({ seconds: 20, bytes: 1e9 }), [1, 2, 3])
  filled(window, [7], { period: 3 })
  assert.deepEqual([numbers(window), window.discontinuities, window.find(3)?.number], [[7], 3, 3])
})

test('discontinuities are counted by the periods that left', () => {
  const window = filled(filled(new Window({ seconds: 4, bytes: 1e9 }), [1, 2]), [3, 4, 5, 6], { period: 2 })
  assert.deepEqual([numbers(window), window.discontinuities], [[3, 4, 5, 6], 2])
})

const description: TrackDescription = { kind: 'audio', codec: 'opus', timescale: 48_000 }
const init = (name: string) =>
  ({ type: 'init', description: { ...description }, name, bytes: Buffer.from(name) }) as const

test('a presentation keeps the init segments that its segments need', () => {
  const presentation = new Presentation({ seconds: 4, bytes: 1e9 })
  presentation.apply(init('i1'))
  for (let number = 1; number <= 12; number++) {
    if (number === 3) presentation.apply(init('i2'))
    presentation.apply({ type: 'open', kind: 'audio', head: head(number, number < 3 ? 1 : 2) })
    presentation.apply({ type: 'part', kind: 'audio', part: part() })
    presentation.apply({ type: 'close', kind: 'audio' })
    assert.equal(presentation.init('i1') !== undefined, number < 10, `after segment ${number}`)
  }
  assert.ok(presentation.init('i2'))
})

test('a presentation says which of its tracks are over, and what cannot be packaged', () => {
  const presentation = new Presentation({ seconds: 4, bytes: 1e9 })
  presentation.apply({ type: 'unsupported', kind: 'video', codec: 'vp6f' })
  assert.deepEqual(presentation.unsupported, ['vp6f'])
  presentation.apply({ type: 'period', kinds: ['audio'] })
  presentation.apply(init('i1'))
  assert.deepEqual([presentation.unsupported, presentation.tracks.get('audio')?.isOver], [[], false])
  presentation.apply({ type: 'period', kinds: ['video'] })
  assert.equal(presentation.tracks.get('audio')?.isOver, true)
})

test('who waits for a part is woken by it, by the end of the stream, and by a signal', async () => {
  const presentation = new Presentation({ seconds: 4, bytes: 1e9 })
  presentation.apply(init('i1'))
  const has = () => presentation.tracks.get('audio')?.window.has(1, 0) ?? false
  const waiting = presentation.until(has, AbortSignal.timeout(60_000))
  presentation.apply({ type: 'open', kind: 'audio', head: head(1) })
  presentation.apply({ type: 'part', kind: 'audio', part: part() })
  await waiting
  assert.ok(has())
  const aborting = new AbortController()
  const given = presentation.until(() => false, aborting.signal)
  aborting.abort()
  await given
  const ended = presentation.until(() => false, AbortSignal.timeout(60_000))
  presentation.apply({ type: 'end' })
  await ended
})
