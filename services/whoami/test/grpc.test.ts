import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { call, connect, Health, status } from '@livepods/grpc'
import { echo, whoami as original } from '@livepods/protos/whoami'
import { type Started, startWhoami } from './support/start.ts'

suite('gRPC', () => {
  let whoami: Started
  let address: string
  before(async () => {
    whoami = await startWhoami({ variables: { WHOAMI_NAME: 'one' }, hostname: 'host', ips: ['127.0.0.1'] })
    address = `127.0.0.1:${whoami.port}`
  })
  after(async () => await whoami[Symbol.asyncDispose]())

  test('says who answers', async () => {
    const client = connect(original.Whoami, address)
    const answer = await call(client, client.Whoami, {}, { deadlineMs: 60_000 })
    assert.deepEqual(answer, { name: 'one', hostname: 'host', iface: ['127.0.0.1'] })
    client.close()
  })

  test('serves grpc.health.v1', async () => {
    using health = new Health(address)
    await health.check({ deadlineMs: 60_000 })
    await health.check({ service: 'whoami.Whoami', deadlineMs: 60_000 })
    await assert.rejects(health.check({ service: 'nobody', deadlineMs: 60_000 }))
  })

  test('sends a payload back, or fails as it is asked to', async () => {
    const client = connect(echo.EchoService, address)
    const payload = Buffer.alloc(300_000, 7)
    const answer = await call(client, client.Echo, { payload }, { deadlineMs: 60_000 })
    assert.ok(payload.equals(answer.payload))
    const failing = call(client, client.Echo, { failWith: status.RESOURCE_EXHAUSTED }, { deadlineMs: 60_000 })
    await assert.rejects(failing, { code: status.RESOURCE_EXHAUSTED, details: 'This failure was asked for.' })
    await assert.rejects(call(client, client.Echo, { failWith: 99 }, { deadlineMs: 60_000 }), {
      code: status.INVALID_ARGUMENT,
    })
    client.close()
  })

  test('sends a stream', async () => {
    const client = connect(echo.EchoService, address)
    const numbers: number[] = []
    for await (const { number } of client.EchoServerStream({ count: 3, everyMs: 1 })) numbers.push(number)
    assert.deepEqual(numbers, [1, 2, 3])
    const tooMany = client.EchoServerStream({ count: 1001 })
    await assert.rejects(tooMany.toArray(), { code: status.INVALID_ARGUMENT })
    client.close()
  })

  test('counts a stream', async () => {
    const client = connect(echo.EchoService, address)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const stream = client.EchoClientStream((error, answer) => (error ? reject(error) : resolve(answer)))
    for (let number = 0; number < 100; number++) stream.write({ payload: Buffer.alloc(10) })
    stream.end()
    assert.deepEqual(await promise, { messages: '100', bytes: '1000' })
    client.close()
  })

  test('sends each message of a stream back, in order', async () => {
    const client = connect(echo.EchoService, address)
    const stream = client.EchoStream()
    const sent = Array.from({ length: 1000 }, (_, number) => Buffer.from(`${number} `.repeat(200)))
    for (const payload of sent) stream.write({ payload })
    stream.end()
    const received: { payload: Buffer }[] = await stream.toArray()
    assert.ok(Buffer.concat(sent).equals(Buffer.concat(received.map(({ payload }) => payload))))
    client.close()
  })

  test('a call that is cancelled ends', async () => {
    const client = connect(echo.EchoService, address)
    const stream = client.EchoServerStream({ count: 1000, everyMs: 10_000 })
    const ended = stream.toArray()
    stream.once('data', () => stream.cancel())
    await assert.rejects(ended, { code: status.CANCELLED })
    client.close()
  })

  test('an unknown method is unimplemented', async () => {
    const client = connect(echo.EchoService, address)
    const unknown = (request: object, ...rest: never[]) =>
      (client.makeUnaryRequest as (...all: unknown[]) => unknown)(
        '/x.Y/Z',
        () => Buffer.alloc(0),
        () => request,
        request,
        ...rest,
      )
    await assert.rejects(call(client, unknown as never, {} as never, { deadlineMs: 60_000 }), {
      code: status.UNIMPLEMENTED,
    })
    client.close()
  })
})
