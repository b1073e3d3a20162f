import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOfCodec } from '../src/pages/codec-name.ts'

test('codecs are called as people call them', () => {
  const codecs = ['avc1', 'hvc1', 'av01', 'vp09', 'mp4a', 'Opus', 'fLaC', 'ac-3', '.mp3']
  const names = ['H.264', 'HEVC', 'AV1', 'VP9', 'AAC', 'Opus', 'FLAC', 'AC-3', 'MP3']
  assert.deepEqual(codecs.map(nameOfCodec), names)
})

test('a codec that nobody knows keeps the name that its publisher gave it', () => {
  for (const codec of ['xyz9', 'toString']) assert.equal(nameOfCodec(codec), codec)
})
