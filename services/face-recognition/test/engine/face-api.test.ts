import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { describe } from '../../src/engine/describe.ts'
import { openFaceApi } from '../../src/engine/face-api.ts'
import { testParityWith } from '../support/parity.ts'
import { samples } from '../support/samples.ts'

const events = ['uncaughtException', 'unhandledRejection']
const countListeners = () => events.map((event) => process.listenerCount(event))
const listenersBefore = countListeners()
const reference = await openFaceApi('wasm')
const listenersAfter = countListeners()

const sample = readFileSync(join(samples, 'sample1.jpg'))

test('loading leaves no listener that would make errors of others fatal', () => {
  assert.deepEqual(listenersAfter, listenersBefore)
})

testParityWith(reference)

test('a whole picture is described, and no tensor is left behind', async () => {
  const require = createRequire(import.meta.url)
  const { tf } = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as {
    tf: { memory(): { numTensors: number } }
  }
  const before = tf.memory().numTensors
  const { faces } = await describe(reference, sample)
  assert.equal(tf.memory().numTensors, before)
  assert.equal(faces.length, 3)
})
