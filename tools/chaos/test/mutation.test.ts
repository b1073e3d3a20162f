import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces } from '../src/faces/faces.ts'
import { messages } from '../src/messages/messages.ts'
import { type Mutation, mutated, mutationEnvironment } from '../src/mutation.ts'

test('every mutation finds its passage in the code as it is', () => {
  for (const mutation of Object.values<Mutation>({ ...faces.mutations, ...messages.mutations }))
    assert.match(mutationEnvironment(mutation).NODE_OPTIONS ?? '', /^--import=file:.*mutation-hook\.ts$/)
})

test('a passage that is there twice or not at all is an error, not a run without the mistake', () => {
  const mutation = { file: 'x.ts', passage: 'a', instead: 'b' }
  assert.equal(mutated('xay', mutation), 'xby')
  assert.throws(() => mutated('aa', mutation), /there 2 times/)
  assert.throws(() => mutated('x', mutation), /there 0 times/)
})
