import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineId } from '../../src/engine/engine-id.ts'

test('an engine is named by its weights, and not as another one', async () => {
  const [onnx, faceApi] = [await engineId('onnx'), await engineId('face-api')]
  for (const id of [onnx, faceApi]) assert.match(id, /^[0-9a-f]{32}$/)
  assert.notEqual(onnx, faceApi)
  assert.equal(await engineId('onnx'), onnx)
})

test('that of opencv says so, and is known without its nets', async () => {
  assert.match(await engineId('opencv'), /^opencv-[0-9a-f]{25}$/)
})
