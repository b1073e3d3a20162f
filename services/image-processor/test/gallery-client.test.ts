import assert from 'node:assert/strict'
import { test } from 'node:test'
import { status } from '@livepods/grpc'
import { testTokens } from '@livepods/testing'
import { GalleryClient } from '../src/gallery-client.ts'
import { facerecogServer, galleryServer } from './support/faces-server.ts'
import { LineGallery } from './support/gallery.ts'
import { descriptorAt } from './support/recognitions.ts'

test('it tells which people are known and who embeddings look like', async () => {
  const gallery = new LineGallery()
  gallery.people = { anna: 0, boris: 1 }
  await using server = await galleryServer(gallery)
  using client = new GalleryClient(server.address)
  assert.deepEqual(await client.current(), { hash: gallery.hash, engine: 'test', finder: 0 })
  const { hash, faces } = await client.match([descriptorAt(0.25), descriptorAt(9)], 'test')
  assert.equal(hash, gallery.hash)
  assert.deepEqual(
    faces.map(({ identified, nearest, runnerUp }) => [identified, nearest?.person, runnerUp?.distance]),
    [
      [true, 'anna', 0.75],
      [false, 'boris', 9],
    ],
  )
  await assert.rejects(client.match([descriptorAt(0)], 'older'), { name: 'CallError' })
})

test('while the known people are away, or a loss of them is held, there are none to compare with', async () => {
  const gallery = new LineGallery()
  await using server = await galleryServer(gallery)
  using client = new GalleryClient(server.address)
  for (const [state, isCurrent] of [
    ['PRESENT', true],
    ['AWAY', false],
    ['HELD', false],
    ['PARTLY', true],
  ] as const) {
    gallery.store = `KNOWN_STORE_STATE_${state}`
    assert.equal((await client.current()) !== undefined, isCurrent, state)
  }
})

test('it is let in with its token', async () => {
  await using tokens = await testTokens()
  await using server = await galleryServer(new LineGallery(), { access: tokens.access })
  using stranger = new GalleryClient(server.address)
  await assert.rejects(stranger.current(), { code: status.UNAUTHENTICATED })
  using client = new GalleryClient(server.address, { token: { headers: tokens.headers.submit } })
  assert.notEqual(await client.current(), undefined)
  assert.equal((await client.match([descriptorAt(0)], 'test')).faces.length, 1)
})

test('a kube-cluster-sample face service knows of no known people to follow', async () => {
  await using server = await facerecogServer({})
  using client = new GalleryClient(server.address)
  assert.equal(await client.current(), undefined)
})
