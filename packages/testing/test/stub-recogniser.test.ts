import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallError, call, connect, Health } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { freePorts } from '@livepods/system'
import { eventually, STUB_RECOGNISER, spawnService, stubOutcome } from '../src/index.ts'

async function stub(environment: Record<string, string> = {}) {
  const ports = await freePorts({ grpc: 0, control: 0 })
  const settings = { PORT: `${ports.grpc}`, STUB_CONTROL_PORT: `${ports.control}`, ...environment }
  const service = await spawnService(STUB_RECOGNISER, settings)
  await service.ready()
  const address = `127.0.0.1:${ports.grpc}`
  const client = connect(faces.FaceRecognitionService, address)
  return {
    address,
    identify: (path: string, deadlineMs = 10_000) => call(client, client.identify, { path }, { deadlineMs }),
    behave: (behaviour: object) =>
      eventually(() => fetch(`http://127.0.0.1:${ports.control}/`, { method: 'PUT', body: JSON.stringify(behaviour) })),
    [Symbol.asyncDispose]: async () => {
      client.close()
      await service[Symbol.asyncDispose]()
    },
  }
}

test('the stub says of a path what stubOutcome says, and that it serves', async () => {
  await using running = await stub()
  using health = new Health(running.address)
  await health.check({ deadlineMs: 10_000 })
  const paths = Array.from({ length: 50 }, (_, index) => `${index}.jpg`)
  const answers = await Promise.all(paths.map((path) => running.identify(path)))
  assert.deepEqual(
    answers.map(({ outcome }) => outcome),
    paths.map((path) => `OUTCOME_${stubOutcome(path)}`),
  )
  assert.equal(new Set(paths.map(stubOutcome)).size, 4)
})

test('the stub fails and is slow as it is told to, and stops when told so', async () => {
  await using running = await stub({ STUB_FAILURES: '0.5' })
  const { identify, behave } = running
  const halves = await Promise.allSettled(['a', 'b', 'c', 'd'].map((path) => identify(path)))
  assert.equal(halves.filter(({ status }) => status === 'rejected').length, 2)
  await behave({ failures: 0, latencyMs: 60_000 })
  await assert.rejects(identify('a', 100), CallError)
  await behave({ latencyMs: 0 })
  assert.equal((await identify('a')).outcome, `OUTCOME_${stubOutcome('a')}`)
})
