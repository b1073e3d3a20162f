import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { BreakerOpenError } from '@livepods/breaker'
import { CallError, Metadata, status } from '@livepods/grpc'
import { encodeImageId } from '@livepods/images'
import { RequeueError } from '@livepods/queue'
import { DatabaseUnavailableError } from '@livepods/sql'
import type { Claim } from '../src/claim.ts'
import { Processor, type ProcessorOptions } from '../src/processor.ts'
import type { Recognition } from '../src/recognition.ts'
import { log } from './support/images.ts'
import { identified, recognition } from './support/recognitions.ts'

const claim: Claim = { id: '1', token: 't', path: 'x.jpg', attempts: 2, requestId: 'r', traceparent: null }
const away = new DatabaseUnavailableError('away', { indeterminate: false })

function processing({
  claimed = async (): Promise<Claim | undefined> => claim,
  identify = async () => identified('hannibal'),
  complete = async () => 'IDENTIFIED',
  ...options
}: {
  claimed?: () => Promise<Claim | undefined>
  identify?: ProcessorOptions['identify']
  complete?: () => Promise<'IDENTIFIED' | 'NO_FACE' | undefined>
} & Partial<ProcessorOptions> = {}) {
  const calls = {
    claim: mock.fn(async (_id: string) => await claimed()),
    renew: mock.fn(async () => true),
    release: mock.fn(async (_claim: Claim, _fault?: { error: Error; delayMs: number }) => true),
    postpone: mock.fn(async (_claim: Claim, _recognition: Recognition) => true),
    fail: mock.fn(
      async (_claim: Claim, _error: Error, _delayMs: number): Promise<'due' | 'exhausted' | 'lost'> => 'due',
    ),
    identify: mock.fn(identify),
    complete: mock.fn(complete),
  }
  const processor = new Processor({
    photoStore: calls,
    completion: { complete: calls.complete },
    identify: calls.identify,
    leaseMs: 30_000,
    backoff: { baseMs: 1000, maxMs: 300_000 },
    log,
    stopping: new AbortController().signal,
    drainMs: 0,
    ...options,
  })
  // What is said of an unfinished file has tests of its own.
  const { postpone: _, ...counted } = calls
  const counts = () => Object.fromEntries(Object.entries(counted).map(([name, fn]) => [name, fn.mock.callCount()]))
  return { processor, calls, counts }
}

const message = encodeImageId('1')

test('success: the photo is claimed, asked for once, and completed', async () => {
  const { processor, calls, counts } = processing()
  await processor.receive(message)
  assert.deepEqual(counts(), { claim: 1, renew: 0, release: 0, fail: 0, identify: 1, complete: 1 })
  assert.deepEqual(calls.claim.mock.calls[0]?.arguments, ['1'])
})

test('a photo that is not claimable is neither asked for nor changed, and its message is finished', async () => {
  const { processor, counts } = processing({ claimed: async () => undefined })
  await processor.receive(message)
  assert.deepEqual(counts(), { claim: 1, renew: 0, release: 0, fail: 0, identify: 0, complete: 0 })
})

test('a photo that the server is too busy for goes back for some seconds, and pays no attempt', async () => {
  const cause = { code: status.RESOURCE_EXHAUSTED, details: 'busy', metadata: { get: () => ['busy'] } }
  const busy = new CallError('/x/Identify', cause as unknown as ConstructorParameters<typeof CallError>[1])
  const { processor, calls, counts } = processing({ identify: () => Promise.reject(busy) })
  await processor.receive(message)
  assert.deepEqual(counts(), { claim: 1, renew: 0, release: 1, fail: 0, identify: 1, complete: 0 })
  const { delayMs = 0 } = calls.release.mock.calls[0]?.arguments[1] ?? {}
  assert.ok(delayMs >= 1500 && delayMs <= 3000)
})

test('a message of 0, 4 or 9 bytes is finished without a look at the database (kube-cluster-sample crashed on less than 8)', async () => {
  const { processor, counts } = processing()
  for (const length of [0, 4, 9]) await processor.receive(Buffer.alloc(length, 1))
  await processor.receive(Buffer.alloc(8))
  assert.equal(counts().claim, 0)
})

test('while the database is away the message is requeued in half a second to a second, and nothing is asked', async () => {
  const { processor, counts } = processing({ claimed: () => Promise.reject(away) })
  await assert.rejects(processor.receive(message), (error: RequeueError) => {
    assert(error instanceof RequeueError)
    return error.delayMs >= 500 && error.delayMs <= 1000
  })
  assert.equal(counts().identify, 0)
})

test('a fault of the server makes the photo due again after a growing time, where kube-cluster-sample failed it at once', async () => {
  const delays: number[] = []
  for (let i = 0; i < 50; i++) {
    const { processor, calls, counts } = processing({ identify: () => Promise.reject(new Error('UNAVAILABLE')) })
    await processor.receive(message)
    assert.deepEqual([counts().fail, counts().complete], [1, 0])
    delays.push(calls.fail.mock.calls[0]?.arguments[2] ?? -1)
  }
  assert(delays.every((delay) => delay >= 0 && delay <= 2000))
  assert(delays.some((delay) => delay > 1000))
})

test('a call that never reached the server costs the photo no attempt, but a pause', async () => {
  const cause = Object.assign(new Error(), {
    code: status.UNAVAILABLE,
    details: 'nobody listens',
    metadata: null as never,
  })
  const error = new CallError('Identify', cause, { unsent: true })
  const { processor, calls, counts } = processing({ identify: () => Promise.reject(error) })
  await processor.receive(message)
  assert.deepEqual(counts(), { claim: 1, renew: 0, release: 1, fail: 0, identify: 1, complete: 0 })
  const [, fault] = calls.release.mock.calls[0]?.arguments ?? []
  assert(fault && fault.delayMs > 0 && fault.delayMs <= 2000)
  assert.equal(fault.error, error)
})

test('a photo whose store is away is released without an attempt, and is soon due however often it failed before', async () => {
  for (const [reason, least, most] of [
    ['store-away', 0, 1000],
    ['folder-away', 15_000, 30_000],
  ] as const) {
    const metadata = new Metadata()
    metadata.set('reason', reason)
    const cause = Object.assign(new Error(), { code: status.UNAVAILABLE, details: 'away', metadata })
    const { processor, calls, counts } = processing({
      claimed: async () => ({ ...claim, attempts: 5 }),
      identify: () => Promise.reject(new CallError('Identify', cause)),
    })
    await processor.receive(message)
    assert.deepEqual(counts(), { claim: 1, renew: 0, release: 1, fail: 0, identify: 1, complete: 0 })
    const { delayMs = -1 } = calls.release.mock.calls[0]?.arguments[1] ?? {}
    assert(delayMs >= least && delayMs <= most, `${delayMs}`)
  }
})

test('nobody known is completed like any answer, where kube-cluster-sample failed the photo', async () => {
  const { processor, counts } = processing({ identify: async () => recognition() })
  await processor.receive(message)
  assert.deepEqual([counts().fail, counts().complete], [0, 1])
})

test('an open breaker releases the claim without an attempt, where kube-cluster-sample failed the whole backlog', async () => {
  const { processor, counts } = processing({ identify: () => Promise.reject(new BreakerOpenError()) })
  await processor.receive(message)
  assert.deepEqual(counts(), { claim: 1, renew: 0, release: 1, fail: 0, identify: 1, complete: 0 })
})

const unfinished = () =>
  Promise.resolve(recognition({ outcome: 'UNREADABLE', detail: 'The file is empty.', stamp: 's', unfinished: true }))

test('a file that may still be being written costs no attempt while the photo may wait, and is unreadable after that', async () => {
  const waiting = processing({ identify: unfinished, claimed: async () => ({ ...claim, mayWait: true }) })
  await waiting.processor.receive(message)
  assert.deepEqual(waiting.counts(), { claim: 1, renew: 0, release: 0, fail: 0, identify: 1, complete: 0 })
  assert.equal(waiting.calls.postpone.mock.calls[0]?.arguments[1].detail, 'The file is empty.')
  const over = processing({ identify: unfinished, claimed: async () => ({ ...claim, mayWait: false }) })
  await over.processor.receive(message)
  assert.equal(over.calls.postpone.mock.callCount(), 0)
  assert.equal(over.counts().complete, 1)
})

test('that it waits is written as soon as the database is back', async () => {
  const { processor, calls, counts } = processing({
    identify: unfinished,
    claimed: async () => ({ ...claim, mayWait: true }),
  })
  let tries = 0
  calls.postpone.mock.mockImplementation(async () => (++tries < 3 ? await Promise.reject(away) : true))
  await processor.receive(message)
  assert.deepEqual([tries, counts().fail, counts().identify], [3, 0, 1])
})

test('a result that comes too late is dropped, and the message finished', async () => {
  const { processor, counts } = processing({ complete: async () => undefined })
  await processor.receive(message)
  assert.equal(counts().fail, 0)
})

test('a completion is tried again while the database is away, within the lease', async () => {
  let tries = 0
  const complete = async () => (++tries < 3 ? await Promise.reject(away) : ('IDENTIFIED' as const))
  const { processor, counts } = processing({ complete })
  await processor.receive(message)
  assert.deepEqual([counts().complete, counts().identify], [3, 1])
})

test('when the lease ends before the database is back, the message is requeued and the row decides (kube-cluster-sample left it PROCESSING for ever)', async () => {
  const { processor, counts } = processing({ complete: () => Promise.reject(away), leaseMs: 1 })
  await assert.rejects(processor.receive(message), RequeueError)
  assert.equal(counts().fail, 0)
})

test('a result that the database refuses is a fault of this attempt, so it ends after the last (kube-cluster-sample only logged a warning)', async () => {
  const { processor, calls } = processing({ complete: () => Promise.reject(new Error('Data too long')) })
  await processor.receive(message)
  assert.equal(calls.fail.mock.calls[0]?.arguments[1].message, 'Data too long')
})

test('a lost lease ends the call, and nothing is written', async () => {
  const identify = (_: Claim, signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled'))))
  const { processor, calls, counts } = processing({ identify, leaseMs: 30 })
  calls.renew.mock.mockImplementation(async () => false)
  await processor.receive(message)
  assert.deepEqual([counts().fail, counts().complete, counts().release], [0, 0, 0])
})

test('a stopping process claims nothing more, and releases what it has not called', async () => {
  const stop = new AbortController()
  const claimed = async () => {
    stop.abort()
    return claim
  }
  const { processor, counts } = processing({ claimed, stopping: stop.signal, drainMs: 10_000 })
  await processor.receive(message)
  assert.deepEqual([counts().identify, counts().release], [0, 1])
  await assert.rejects(processor.receive(message), RequeueError)
  assert.equal(counts().claim, 1)
})

test('a stopping process lets a call finish, and gives it up when the time for that is over: due at once for others', async () => {
  const stop = new AbortController()
  const identify = (_: Claim, signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('cancelled')))
      stop.abort()
    })
  const { processor, calls } = processing({ identify, stopping: stop.signal, drainMs: 20 })
  // The timer of a draining process does not keep it alive; this one does.
  const alive = setTimeout(() => {}, 10_000)
  await processor.receive(message)
  clearTimeout(alive)
  assert.equal(calls.fail.mock.calls[0]?.arguments[2], 0)
})
