import assert from 'node:assert/strict'
import { test } from 'node:test'
import { facerecog, faces } from '../src/index.ts'

test('the wire format of kube-cluster-sample is byte for byte what its clients send', () => {
  const { Identify } = facerecog.Identify.service
  assert.equal(Identify.path, '/facerecog.Identify/Identify')
  assert.equal(Identify.requestSerialize({ imagePath: '/u/a.jpg' }).toString('latin1'), '\n\x08/u/a.jpg')
})

test('an optional threshold that was not given is absent, not 0', () => {
  const { Identify } = faces.FaceRecognitionService.service
  const request = Identify.requestDeserialize(Identify.requestSerialize({ path: 'a.jpg' }))
  assert.equal(request.threshold, undefined)
  assert.equal(request.picture, 'path')
})
