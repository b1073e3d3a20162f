import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBad, stillBad, withBad } from '../src/rollout/memory.ts'
import { type ContainerState, formatState, MAX_BAD, parseState } from '../src/rollout/state.ts'

const digest = (index: number) => `sha256:${`${index}`.padStart(64, '0')}`

test('no more than 20 failed digests are remembered, the last ones, one a tag, and an annotation holds them', () => {
  assert.equal(MAX_BAD, 20)
  let bad: NonNullable<ContainerState['bad']> = {}
  for (let index = 0; index < 30; index++) bad = withBad(bad, `v${index}`, digest(index))
  assert.equal(Object.keys(bad).length, 20)
  assert.ok(!isBad({ bad }, 'v9', digest(9)) && isBad({ bad }, 'v10', digest(10)) && isBad({ bad }, 'v29', digest(29)))
  const again = withBad(bad, 'v10', digest(99))
  assert.equal(Object.keys(again).length, 20)
  assert.ok(isBad({ bad: again }, 'v10', digest(99)) && isBad({ bad: again }, 'v11', digest(11)))
  const state: ContainerState = { phase: 'undone', image: 'a', at: '2026-03-01T10:00:00Z', why: '', bad: again }
  assert.deepEqual(parseState(formatState({ main: state })), { main: state })
})

test('a digest is bad until its tag moves', () => {
  const bad = withBad(withBad(undefined, 'latest', digest(1)), 'v1', digest(2))
  assert.deepEqual(stillBad(bad, 'latest', digest(1)), bad)
  assert.deepEqual(stillBad(bad, 'latest', digest(3)), { v1: digest(2) })
  assert.equal(stillBad({ latest: digest(1) }, 'latest', digest(3)), undefined)
})
