import assert from 'node:assert/strict'
import { test } from 'node:test'
import { facerecog, facerecogDefinition, faces, facesDefinition } from '../src/index.ts'

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

test('reflection knows the fields by their names in the file', () => {
  for (const [definition, name] of [
    [facesDefinition, 'with_descriptors'],
    [facerecogDefinition, 'image_path'],
  ] as const) {
    const files = Object.values(definition).flatMap(({ fileDescriptorProtos = [] }) => fileDescriptorProtos as Buffer[])
    assert.ok(files.length > 0 && files.every((file) => file.includes(name)), name)
  }
})
