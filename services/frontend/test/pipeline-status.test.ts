import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { OpsServer } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { breakerOf, breakerStatus } from '../src/breaker-status.ts'
import { PipelineStatus } from '../src/pipeline-status.ts'

async function answering(answer: string, status = 200) {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(status).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function hangingAfterOne() {
  let asked = 0
  const server = createServer((_request, response) => {
    if (asked++ === 0) response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a process says what it is, whether it is ready, and what its parts do', async () => {
  await using ops = await OpsServer.listen({ service: 'receiver', host: '127.0.0.1', port: 0 })
  ops.state = 'ready'
  ops.requires('database', async () => Promise.reject(new Error('away')))
  ops.reports('queue', () => ({ depth: 3 }))
  await using pipeline = new PipelineStatus([{ name: 'r', url: `http://localhost:${ops.port}` }])
  const [process] = await pipeline.processes()
  assert.equal(process?.address, `localhost:${ops.port}`)
  const { service, ready, faults, parts } = process?.status ?? {}
  assert.deepEqual(
    { service, ready, faults, parts },
    { service: 'receiver', ready: false, faults: { database: 'away' }, parts: { queue: { depth: 3 } } },
  )
})

test('a process that does not answer, or answers nonsense, is told in a sentence and harms no other', async () => {
  await using nonsense = await answering('nonsense')
  await using array = await answering('[1]')
  await using endless = await answering(' '.repeat(300 * 1024))
  await using failing = await answering('{}', 500)
  await using pipeline = new PipelineStatus([
    { name: 'nobody', url: 'http://127.0.0.1:1' },
    { name: 'no-name', url: 'http://does-not-exist.invalid:9090' },
    { name: 'nonsense', url: nonsense.url },
    { name: 'endless', url: endless.url },
    { name: 'failing', url: failing.url },
    { name: 'array', url: array.url },
  ])
  const errors = Object.fromEntries((await pipeline.processes()).map(({ name, error }) => [name, error]))
  assert.equal(errors.nobody, 'Nothing listens there.')
  assert.equal(errors['no-name'], 'The name has no address.')
  assert.match(errors.nonsense ?? '', /JSON/)
  assert.equal(errors.endless, 'The status is longer than 256 kB.')
  assert.equal(errors.failing, 'The ops port answered 500.')
  assert.equal(errors.array, undefined)
})

test('however many ask, a process is asked once a second', async () => {
  await using server = await answering('{}')
  let now = 0
  await using pipeline = new PipelineStatus([{ name: 'a', url: server.url }], { now: () => now })
  await Promise.all([pipeline.processes(), pipeline.processes(), pipeline.processes()])
  now = 800
  await pipeline.processes()
  assert.equal(server.asked(), 1)
  now = 1000
  await pipeline.processes()
  await eventually(() => assert.equal(server.asked(), 2))
})

test('a process that hangs holds nobody up who can have what was known before', async () => {
  await using quick = await answering('{}')
  await using hanging = await hangingAfterOne()
  let now = 0
  const links = [
    { name: 'quick', url: quick.url },
    { name: 'hanging', url: hanging.url },
  ]
  await using pipeline = new PipelineStatus(links, { now: () => now })
  const first = await pipeline.processes()
  now = 1000
  // Whoever waited for the one that hangs would be told that it does.
  assert.deepEqual(await pipeline.processes(), first)
  await eventually(() => assert.equal(quick.asked(), 2))
  await eventually(async () => assert.equal((await pipeline.processes())[1]?.error, 'No answer within 1.5 s.'))
})

test('the breaker is open when any process has it open, and nothing is read into other parts', () => {
  const process = (breaker: unknown) => ({
    name: 'p',
    address: 'a',
    error: undefined,
    status: { service: 'p', version: '', since: '', ready: true, state: 'ready', faults: {}, parts: { breaker } },
  })
  const open = {
    state: 'open',
    nextPingAt: '2026-11-21T12:00:00.000Z',
    history: [{ at: 'x' }, { at: '2026-11-21', to: 'open' }],
  }
  assert.equal(breakerOf([process({ state: 'closed' }), process(open)])?.state, 'open')
  assert.equal(breakerOf([process({ state: 'closed' })])?.state, 'closed')
  assert.equal(breakerOf([process(undefined), process('open'), process({ state: 7 })]), undefined)
  const status = breakerStatus(open)
  assert.equal(status?.nextPingAt?.getTime(), Date.UTC(2026, 10, 21, 12))
  assert.deepEqual(status?.history, [{ at: new Date('2026-11-21'), to: 'open', reason: '', process: '' }])
})

test('what replicas say of their breakers is one history, in its order, and what several say of one is there once', () => {
  const process = (...history: object[]) => ({
    name: 'p',
    address: 'a',
    error: undefined,
    status: {
      ...{ service: 'p', version: '', since: '', ready: true, state: 'ready', faults: {} },
      parts: { breaker: { state: 'closed', history } },
    },
  })
  const [first, second, third] = [
    { at: '2026-11-21T12:00:00.000Z', to: 'open', reason: 'away', process: 'a.1' },
    { at: '2026-11-21T12:00:01.000Z', to: 'open', reason: 'away', process: 'b.1' },
    { at: '2026-11-21T12:00:02.000Z', to: 'closed', reason: 'back', process: 'a.1' },
  ]
  // The second one started when the first had opened, and has that from the database.
  const shown = breakerOf([process(first, third), process(first, second)])
  assert.deepEqual(
    shown?.history.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })),
    [first, second, third],
  )
})
