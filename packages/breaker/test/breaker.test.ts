import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Breaker, BreakerOpenError, type BreakerOptions } from '../src/index.ts'

class ServerFault extends Error {}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
afterEach(() => mock.timers.reset())

type Answer = () => Promise<string | undefined>

const fail: Answer = async () => Promise.reject(new ServerFault('down'))
const refuse: Answer = async () => Promise.reject(new Error('not a picture'))
const answer: Answer = async () => 'hannibal.jpg'

function breakerWith(options: Partial<BreakerOptions<[Answer], string | undefined>> = {}) {
  return new Breaker({
    name: 'test',
    call: (act: Answer) => act(),
    ping: async () => Promise.reject(new Error('still down')),
    isFault: (error) => error instanceof ServerFault,
    ...options,
  })
}

async function fire(breaker: Breaker<[Answer], string | undefined>, act: Answer, times = 1) {
  for (let i = 0; i < times; i++) await breaker.fire(act).catch(() => {})
}

async function pass(ms: number) {
  mock.timers.tick(ms)
  await turn()
}

test('opens after five faults in a row, and not after four', async () => {
  await using breaker = breakerWith()
  await fire(breaker, fail, 4)
  assert.equal(breaker.state, 'closed')
  await fire(breaker, fail)
  assert.equal(breaker.state, 'open')
})

test('a success resets the count, also one without a result', async () => {
  await using breaker = breakerWith()
  await fire(breaker, fail, 4)
  await fire(breaker, async () => undefined)
  await fire(breaker, fail, 4)
  assert.equal(breaker.state, 'closed')
})

test('an error that is no fault of the server neither counts nor resets the count', async () => {
  await using breaker = breakerWith()
  await fire(breaker, refuse, 50)
  assert.equal(breaker.state, 'closed')
  await fire(breaker, fail, 4)
  await fire(breaker, refuse)
  await fire(breaker, fail)
  assert.equal(breaker.state, 'open')
})

test('opens after five faults in a row even when two hundred calls succeeded before', async () => {
  await using breaker = breakerWith()
  await fire(breaker, answer, 200)
  await fire(breaker, fail, 5)
  assert.equal(breaker.state, 'open')
})

test('while open a call is not made and rejects with exactly "circuitbreaker is engaged"', async () => {
  await using breaker = breakerWith()
  await fire(breaker, fail, 5)
  const call = mock.fn(answer)
  await assert.rejects(breaker.fire(call), { name: 'BreakerOpenError', message: 'circuitbreaker is engaged' })
  assert.equal(call.mock.callCount(), 0)
})

test('a failing ping leaves it open with a later next ping: 0.5 to 1 times 1, 2, 4 … 60 s', async () => {
  await using breaker = breakerWith()
  await fire(breaker, fail, 5)
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const waitMs = (breaker.nextPingAt?.getTime() ?? 0) - Date.now()
    assert(waitMs >= seconds * 500 && waitMs <= seconds * 1000, `${waitMs} ms for ${seconds} s`)
    await pass(waitMs + 1)
    assert.equal(breaker.state, 'open')
  }
})

test('after some faults the longest wait is shorter, after the opening and between pings', async () => {
  const pingMaxMsAfter = (error: unknown) => (/down/.test((error as Error).message) ? 10_000 : undefined)
  await using breaker = breakerWith({ pingMaxMsAfter })
  await fire(breaker, fail, 5)
  for (let ping = 0; ping < 10; ping++) {
    const waitMs = (breaker.nextPingAt?.getTime() ?? 0) - Date.now()
    assert(waitMs <= 10_000, `${waitMs} ms before ping ${ping}`)
    await pass(waitMs + 1)
  }
})

test('a ping that succeeds closes it and resets the count', async () => {
  await using breaker = breakerWith({ ping: async () => {} })
  await fire(breaker, fail, 5)
  await pass(1000)
  assert.equal(breaker.state, 'closed')
  assert.equal(breaker.nextPingAt, undefined)
  await fire(breaker, fail, 4)
  assert.equal(breaker.state, 'closed')
})

test('only a ping closes it, where kube-cluster-sample let the next call through (its ping was inverted: the healthy stayed out)', async () => {
  await using breaker = breakerWith()
  await fire(breaker, fail, 5)
  await pass(600_000)
  await assert.rejects(breaker.fire(answer), BreakerOpenError)
})

test('the late success of a call that began before the opening does not close it', async () => {
  await using breaker = breakerWith()
  const late = Promise.withResolvers<string>()
  const running = breaker.fire(() => late.promise)
  await fire(breaker, fail, 5)
  late.resolve('skarlso.jpg')
  assert.equal(await running, 'skarlso.jpg')
  assert.equal(breaker.state, 'open')
})

test('late faults of calls that began before the opening do not count after the closing', async () => {
  await using breaker = breakerWith({ ping: async () => {} })
  const late = Promise.withResolvers<string>()
  const running = Array.from({ length: 5 }, () => breaker.fire(() => late.promise))
  await fire(breaker, fail, 5)
  await pass(1000)
  late.reject(new ServerFault('timed out'))
  await Promise.allSettled(running)
  assert.equal(breaker.state, 'closed')
})

test('pings go on from their last wait when the server answers them and still fails every call', async () => {
  await using breaker = breakerWith({ ping: async () => {}, pingBaseMs: 1000 })
  await fire(breaker, fail, 5)
  await pass(1000)
  await fire(breaker, fail, 5)
  assert((breaker.nextPingAt?.getTime() ?? 0) - Date.now() >= 1000)
})

test('tells of each opening and closing once, and keeps the last twenty', async () => {
  const onOpen = mock.fn()
  const onClose = mock.fn()
  await using breaker = breakerWith({ ping: async () => {} })
  breaker.on('open', onOpen).on('close', onClose)
  for (let round = 0; round < 15; round++) {
    await fire(breaker, fail, 5)
    await pass(60_000)
    await fire(breaker, answer)
  }
  assert.equal(onOpen.mock.callCount(), 15)
  assert.equal(onClose.mock.callCount(), 15)
  assert.equal(breaker.history.length, 20)
  assert.deepEqual(
    breaker.history.slice(-2).map(({ to }) => to),
    ['open', 'closed'],
  )
})

test('goes on with the history of the process before it, and tells what to keep for the next one', async () => {
  const earlier = [{ at: '2026-01-01T00:00:00.000Z', to: 'open' as const, reason: 'down then', process: 'former' }]
  await using breaker = breakerWith({ ping: async () => {}, process: 'this', earlier })
  const told: unknown[] = []
  breaker.on('transition', (transition) => told.push(transition))
  await fire(breaker, fail, 5)
  await pass(1000)
  assert.deepEqual(breaker.history, [...earlier, ...told])
  assert.deepEqual(
    breaker.history.map(({ to, reason, process }) => [to, reason, process]),
    [
      ['open', 'down then', 'former'],
      ['open', 'down', 'this'],
      ['closed', 'The server answers again.', 'this'],
    ],
  )
})

test('a closed-down breaker sends no ping and does not change any more', async () => {
  const answered = Promise.withResolvers<void>()
  const ping = mock.fn(() => answered.promise)
  const breaker = breakerWith({ ping })
  await fire(breaker, fail, 5)
  await pass(1000)
  const closed = breaker[Symbol.asyncDispose]()
  answered.resolve()
  await closed
  await pass(600_000)
  assert.equal(breaker.state, 'open')
  assert.equal(ping.mock.callCount(), 1)
})
