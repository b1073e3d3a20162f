import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, Health, status } from '@livepods/grpc'
import { serve } from './support/served.ts'

test('while loading every RPC says so: NOT_SERVING, ready = false, UNAVAILABLE', async () => {
  await using served = await serve({ loaded: false })
  using health = new Health(served.address)
  await assert.rejects(health.check({ deadlineMs: 30_000 }), /NOT_SERVING/)
  assert.deepEqual(await call(served.health, served.health.healthCheck, {}, { deadlineMs: 30_000 }), { ready: false })
  await assert.rejects(served.identify({ path: 'a.jpg' }), { code: status.UNAVAILABLE })
})

test('once loaded the health of every service is SERVING', async () => {
  await using served = await serve()
  using health = new Health(served.address)
  for (const service of ['', 'livepods.faces.v1.FaceRecognitionService', 'facerecog.Identify', 'facerecog.HealthCheck'])
    await health.check({ service, deadlineMs: 30_000 })
  assert.deepEqual(await call(served.health, served.health.healthCheck, {}, { deadlineMs: 30_000 }), { ready: true })
})
