import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MUTATIONS, type MutationName, mutated, mutationEnvironments } from '../src/mutation.ts'

test('every mutation finds its passage in the code as it is', () => {
  for (const name of Object.keys(MUTATIONS) as MutationName[])
    assert.match(
      Object.values(mutationEnvironments(name))[0]?.NODE_OPTIONS ?? '',
      /^--import=file:.*mutation-hook\.ts$/,
    )
})

test('a passage that is there twice or not at all is an error, not a run without the mistake', () => {
  const mutation = { ...MUTATIONS.lease, passage: 'a', instead: 'b' }
  assert.equal(mutated('xay', mutation), 'xby')
  assert.throws(() => mutated('aa', mutation), /there 2 times/)
  assert.throws(() => mutated('x', mutation), /there 0 times/)
})
