import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Strangers } from '../src/strangers.ts'
import { descriptorAt } from './support/recognitions.ts'

function groups(faces: Record<string, number[]>): Strangers {
  const strangers = new Strangers()
  for (const [group, places] of Object.entries(faces)) for (const at of places) strangers.add(group, descriptorAt(at))
  return strangers
}

test('a face joins the group with the smallest mean distance, up to 0.45', () => {
  const strangers = groups({ a: [0], b: [1] })
  assert.equal(strangers.groupOf(descriptorAt(0.4)), 'a')
  assert.equal(strangers.groupOf(descriptorAt(0.5625)), 'b')
  assert.equal(strangers.groupOf(descriptorAt(1.4375)), 'b')
  assert.equal(strangers.groupOf(descriptorAt(1.46875)), undefined)
})

test('a near face is not enough when the others of the group are far', () => {
  assert.equal(groups({ a: [0, 1.25] }).groupOf(descriptorAt(-0.25)), undefined)
  assert.equal(groups({ a: [0, 0.5] }).groupOf(descriptorAt(-0.125)), 'a')
})

test('only the first four faces say what a group looks like', () => {
  const strangers = groups({ a: [0, 0, 0, 0, 2, 2, 2, 2, 2, 2] })
  assert.equal(strangers.groupOf(descriptorAt(0.25)), 'a')
  assert.equal(strangers.groupOf(descriptorAt(2)), undefined)
})

test('a group that gets its own name keeps its faces and the count of them', () => {
  const strangers = groups({ provisional: [0, 0, 0], other: [9] })
  strangers.rename(new Map([['provisional', '7']]))
  strangers.add('7', descriptorAt(0))
  strangers.add('7', descriptorAt(3))
  assert.equal(strangers.groupOf(descriptorAt(0.4375)), '7')
  assert.equal(strangers.groupOf(descriptorAt(9)), 'other')
})

test('hundreds of groups keep apart', () => {
  const strangers = new Strangers()
  for (let i = 0; i < 300; i++) strangers.add(`${i}`, descriptorAt(i))
  for (let i = 0; i < 300; i++) assert.equal(strangers.groupOf(descriptorAt(i + 0.25)), `${i}`)
})
