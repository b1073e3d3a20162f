import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Broker } from '@livepods/nsq'
import type { Log } from '@livepods/service'
import { TestAuthority } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { Consumer, consumerAccess, Publisher } from '../src/index.ts'
import { fakeLookup, log, producer } from './support/consuming.ts'
import { type FakeNsqdOptions, fakeNsqd } from './support/fake-nsqd.ts'

const authority = new TestAuthority()
after(() => authority[Symbol.dispose]())
const certificate = authority.issue('IP:127.0.0.1')
const verified = { NSQ_TLS: 'verify', NSQ_TLS_CA_FILE: authority.ca }

/** A consumer of an nsqd that lets in whom its options allow, and what became of it. */
async function consumed(nsqd: FakeNsqdOptions, settings: Record<string, string>) {
  await using stack = new AsyncDisposableStack()
  const fake = stack.use(await fakeNsqd(nsqd))
  const lookup = stack.use(await fakeLookup(() => ({ producers: [producer(fake.address, '127.0.0.1:1')] })))
  const told: { lines: string[]; bodies: string[]; connected: number } = { lines: [], bodies: [], connected: 0 }
  const consumer = stack.use(
    new Consumer({
      ...consumerAccess({ NSQ_LOOKUP_ADDRESS: lookup.address, ...settings } as never),
      topic: 't',
      channel: 'ch',
      concurrency: 1,
      lookupEveryMs: 20,
      handle: async (body) => void told.bodies.push(body.toString()),
      log: { warn: ({ fault }: { fault: string }) => told.lines.push(fault) } as unknown as Log,
    }),
  )
  consumer.on('connected', () => told.connected++)
  consumer.start()
  const owned = stack.move()
  return { consumer, told, fake, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('an nsqd that allows less time for a message than the usual minute is consumed', async () => {
  await using broker = await Broker.start({ host: '127.0.0.1', maxMessageTimeoutMs: 20_000 })
  await using publisher = new Publisher({ address: `http://${broker.httpAddress}` })
  await publisher.publish('t', Buffer.from('x'))
  const { promise: handled, resolve } = Promise.withResolvers<string>()
  await using consumer = new Consumer({
    lookup: [broker.lookupHttpAddress],
    topic: 't',
    channel: 'ch',
    concurrency: 1,
    lookupEveryMs: 50,
    handle: async (body) => resolve(body.toString()),
    log,
  })
  consumer.start()
  assert.equal(await handled, 'x')
})

for (const [title, nsqd, settings, sentence] of [
  ['an nsqd with -tls-required', { requiresTls: true, certificate }, {}, /TLS required.*set NSQ_TLS\.$/],
  ['an nsqd that asks for AUTH', { authSecret: 'open' }, {}, /E_AUTH_FIRST.*Check NSQ_AUTH_SECRET\.$/],
  [
    'an nsqd that knows another secret',
    { authSecret: 'open' },
    { NSQ_AUTH_SECRET: 'x' },
    /E_UNAUTHORIZED.*NSQ_AUTH_SECRET/,
  ],
  ['an nsqd without TLS', { authSecret: 'open' }, { ...verified, NSQ_AUTH_SECRET: 'open' }, /has no TLS.*NSQ_TLS=off/],
  ['an nsqd of an unknown authority', { certificate }, { NSQ_TLS: 'verify' }, /certificate.*Check NSQ_TLS_CA_FILE/],
  [
    'an nsqd with the certificate of another name',
    { certificate: authority.issue('DNS:localhost') },
    verified,
    /altnames.*Check NSQ_TLS_CA_FILE/,
  ],
] as const)
  test(`${title} is one line with what to set, and the consumer is not ready`, async () => {
    await using part = await consumed(nsqd, settings)
    await eventually(async () => assert.rejects(part.consumer.check(), sentence))
    assert.match(part.consumer.status.refusal ?? '', sentence)
    await eventually(() => assert(part.fake.attempts > 3))
    assert.equal(part.told.connected, 0)
    assert.equal(part.told.lines.length, 1, part.told.lines.join('\n'))
  })

test('over TLS, with AUTH and a certificate that is checked, messages are consumed', async () => {
  const settings = { ...verified, NSQ_AUTH_SECRET: 'open' }
  await using part = await consumed({ certificate, requiresTls: true, authSecret: 'open' }, settings)
  await eventually(() => assert.deepEqual([part.told.bodies, part.told.connected], [['x'], 1]))
  await part.consumer.check()
  assert.deepEqual(part.told.lines, [])
})
