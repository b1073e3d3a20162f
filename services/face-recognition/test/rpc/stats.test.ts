import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, status } from '@livepods/grpc'
import { REASONS } from '../../src/known/known-files.ts'
import { picture, serve } from '../support/served.ts'

const within = { deadlineMs: 30_000 }

test('the stats say what is known, how busy the workers are, and what is remembered', async () => {
  await using served = await serve()
  served.putKnown('nobody.jpg', '')
  served.putKnown('anna.heic', '')
  await served.known.refresh(['nobody.jpg'])
  await served.known.scan(new AbortController().signal)
  for (let i = 0; i < 3; i++) await served.identify({ content: picture('0.5') })
  const answer = await call(served.client, served.client.getStats, {}, within)
  assert.deepEqual([answer.engine, answer.ready], ['fake', true])
  const { hash } = served.known.gallery
  const skippedFiles = [
    { name: 'nobody.jpg', reason: 'There is no face on it.' },
    { name: 'anna.heic', reason: REASONS.notRead },
  ]
  assert.deepEqual(answer.gallery, {
    ...{ hash, generation: 2, images: 2, people: 2, skipped: 1 },
    ...{ skippedFiles, skippedInAll: 2 },
  })
  assert.deepEqual(answer.workers, { workers: 2, alive: 2, busy: 0, waiting: 0, queue: 4 })
  assert.deepEqual([answer.results?.hits, answer.results?.misses], ['2', '4'])
})

test('while the known people are being loaded only the stats answer', async () => {
  await using served = await serve({ loaded: false })
  const { client } = served
  assert.equal((await call(client, client.getStats, {}, within)).ready, false)
  const loading = { code: status.UNAVAILABLE }
  await assert.rejects(call(client, client.identify, {}, within), loading)
  await assert.rejects(call(client, client.compare, {}, within), loading)
  await assert.rejects(call(client, client.matchDescriptors, {}, within), loading)
  await assert.rejects(call(client, client.listKnownImages, {}, within), loading)
  await assert.rejects(call(client, client.addKnownImage, {}, within), loading)
  await assert.rejects(call(client, client.removeKnownImage, {}, within), loading)
  await assert.rejects(call(client, client.moveKnownImage, {}, within), loading)
})
