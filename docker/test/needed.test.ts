import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNeeded } from '../src/needed.ts'

const other = process.platform === 'linux' ? 'darwin' : 'linux'

const CASES: [name: string, path: string, needed: boolean][] = [
  ['@livepods/sql', '', true],
  ['@livepods/sql', 'src/main.ts', true],
  ['@livepods/sql', 'migrations', true],
  ['@livepods/sql', 'node_modules', false],
  ['@livepods/sql', 'test', false],
  ['@livepods/sql', 'README.md', false],
  ['fastify', 'fastify.js', true],
  ['fastify', 'test', true],
  ['fastify', 'types/index.d.ts', false],
  ['typebox', 'build/index.d.mts', false],
  ['pino', 'pino.js.map', false],
  ['onnxruntime-node', 'bin/napi-v6', true],
  ['onnxruntime-node', `bin/napi-v6/${process.platform}`, true],
  ['onnxruntime-node', `bin/napi-v6/${process.platform}/${process.arch}`, true],
  ['onnxruntime-node', `bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`, true],
  ['onnxruntime-node', `bin/napi-v6/${process.platform}/mips`, false],
  ['onnxruntime-node', `bin/napi-v6/${other}`, false],
  ['@vladmandic/face-api', 'package.json', true],
  ['@vladmandic/face-api', 'model', true],
  ['@vladmandic/face-api', 'model/face_recognition_model.bin', true],
  ['@vladmandic/face-api', 'model/ssd_mobilenetv1_model-weights_manifest.json', true],
  ['@vladmandic/face-api', 'model/face_landmark_68_tiny_model.bin', false],
  ['@vladmandic/face-api', 'model/age_gender_model.bin', false],
  ['@vladmandic/face-api', 'dist', false],
  ['hls.js', 'LICENSE', true],
  ['hls.js', 'dist', true],
  ['hls.js', 'dist/hls.min.mjs', true],
  ['hls.js', 'dist/hls.worker.js', true],
  ['hls.js', 'dist/hls.js', false],
  ['hls.js', 'src', false],
  ['dashjs', 'LICENSE.md', true],
  ['dashjs', 'dist/modern/esm', true],
  ['dashjs', 'dist/modern/esm/dash.mediaplayer.min.js', true],
  ['dashjs', 'dist/modern/esm/dash.mediaplayer.min.js.LICENSE.txt', true],
  ['dashjs', 'dist/modern/esm/dash.all.debug.js', false],
  ['dashjs', 'dist/legacy', false],
]

for (const [name, path, needed] of CASES)
  test(`${name}: "${path}" is ${needed ? '' : 'not '}part of an image`, () => {
    assert.equal(isNeeded(path, { name, of: '@livepods/face-recognition', optional: false }), needed)
  })

test('with the optional packages all of face-api is part of an image', () => {
  assert.ok(isNeeded('dist', { name: '@vladmandic/face-api', of: '@livepods/face-recognition', optional: true }))
})

test('the samples are photos of face-api, and none of its nets', () => {
  const face = { name: '@vladmandic/face-api', of: '@livepods/samples', optional: false }
  assert.ok(isNeeded('demo/sample1.jpg', face))
  assert.ok(!isNeeded('demo/index.js', face))
  assert.ok(!isNeeded('model', face))
})
