import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { makeClientConstructor } from '@grpc/grpc-js'
import { faces, facesDefinition, type IdentifyRequest__Output, type IdentifyResponse } from '@livepods/protos'
import { createLog } from '@livepods/service'
import {
  type Call,
  CallError,
  Connection,
  call,
  connect,
  GrpcServer,
  Health,
  NotServingError,
  RpcError,
  status,
  unary,
} from '../src/index.ts'
import { duration } from '../src/unary.ts'
import { reflect } from './support/reflection.ts'

const log = createLog('test', 'silent')

type Handle = (call: Call<IdentifyRequest__Output>) => Promise<IdentifyResponse>

async function serve(handle: Handle, closeWithinMs = 5000) {
  const stack = new AsyncDisposableStack()
  const server = stack.use(
    new GrpcServer({
      services: [
        {
          definition: faces.FaceRecognitionService.service,
          handlers: { Identify: unary(log, handle) },
          roles: { Identify: 'submit' },
        },
      ],
      parts: ['pictures'],
      log,
      reflection: facesDefinition,
      closeWithinMs,
    }),
  )
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  const identify = (options: { deadlineMs?: number; signal?: AbortSignal } = {}) =>
    call(client, client.identify, { path: 'a.jpg' }, { deadlineMs: 5000, ...options })
  return { server, address, identify, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('an async handler answers a call', async () => {
  await using served = await serve(async ({ request }) => ({ detail: `saw ${request.path}` }))
  assert.equal((await served.identify()).detail, 'saw a.jpg')
})

test('a thrown RpcError arrives with its code and sentence', async () => {
  await using served = await serve(async () => {
    throw new RpcError(status.RESOURCE_EXHAUSTED, 'The queue is full.')
  })
  await assert.rejects(served.identify(), (error: CallError) => {
    assert.equal(error.code, status.RESOURCE_EXHAUSTED)
    assert.equal(error.details, 'The queue is full.')
    assert.equal(error.permanent, false)
    return error instanceof CallError
  })
})

test('an unexpected error becomes INTERNAL and keeps its text inside', async () => {
  await using served = await serve(async () => {
    throw new Error('secret path /etc/shadow')
  })
  await assert.rejects(
    served.identify(),
    (error: CallError) => error.code === status.INTERNAL && !error.message.includes('shadow'),
  )
})

test('a call ends with its deadline, and the handler is told', async () => {
  const told = Promise.withResolvers<void>()
  await using served = await serve(async ({ signal }) => {
    await once(signal, 'abort')
    told.resolve()
    return {}
  })
  await assert.rejects(served.identify({ deadlineMs: 200 }), { code: status.DEADLINE_EXCEEDED })
  await told.promise
})

test('a client that gives up gets CANCELLED', async () => {
  const reached = Promise.withResolvers<void>()
  await using served = await serve(async ({ signal }) => {
    reached.resolve()
    await once(signal, 'abort')
    return {}
  })
  const abort = new AbortController()
  const answer = served.identify({ signal: abort.signal })
  await reached.promise
  abort.abort()
  await assert.rejects(answer, { code: status.CANCELLED })
})

test('health says NOT_SERVING until the server serves', async () => {
  await using served = await serve(async () => ({}))
  using health = new Health(served.address)
  await assert.rejects(health.check({ deadlineMs: 2000 }), /NOT_SERVING/)
  served.server.serving = true
  await health.check({ deadlineMs: 2000 })
  await health.check({ service: 'livepods.faces.v1.FaceRecognitionService', deadlineMs: 2000 })
})

test('a part of a server has a health of its own, the server serves without it, and one that it does not have is NOT_FOUND', async () => {
  await using served = await serve(async () => ({}))
  using health = new Health(served.address)
  const pictures = { service: 'pictures', deadlineMs: 2000 }
  const says = async (status: string) =>
    await assert.rejects(health.check(pictures), (error) => error instanceof NotServingError && error.status === status)
  await says('NOT_SERVING')
  served.server.serving = true
  await health.check(pictures)
  served.server.setPart('pictures', false)
  await says('NOT_SERVING')
  await health.check({ deadlineMs: 2000 })
  // What is true of the part holds when the server comes back.
  served.server.serving = false
  served.server.serving = true
  await says('NOT_SERVING')
  served.server.setPart('pictures', true)
  await health.check(pictures)
  await assert.rejects(health.check({ service: 'other', deadlineMs: 2000 }), { code: status.NOT_FOUND })
})

test('the reason of an error arrives with it', async () => {
  await using served = await serve(async () => {
    throw new RpcError(status.UNAVAILABLE, 'The store is away.', { reason: 'store-away' })
  })
  await assert.rejects(served.identify(), { code: status.UNAVAILABLE, reason: 'store-away' })
})

test('closing lets a call under way finish', async () => {
  const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const served = await serve(async () => {
    reached.resolve()
    await release.promise
    return { detail: 'done' }
  })
  const answer = served.identify()
  await reached.promise
  const closed = served.server[Symbol.asyncDispose]()
  release.resolve()
  assert.equal((await answer).detail, 'done')
  await closed
  await served[Symbol.asyncDispose]()
})

test('closing cuts a call that does not finish in time', async () => {
  const reached = Promise.withResolvers<void>()
  const served = await serve(async ({ signal }) => {
    reached.resolve()
    await once(signal, 'abort')
    return {}
  }, 50)
  const answer = assert.rejects(served.identify(), CallError)
  await reached.promise
  await served.server[Symbol.asyncDispose]()
  await answer
})

test('a call that finds nobody listening was not sent; one that its server took down with it was', async () => {
  const reached = Promise.withResolvers<void>()
  const served = await serve(async () => {
    reached.resolve()
    return new Promise(() => {})
  }, 0)
  const connection = new Connection(served.address)
  const client = connection.client(faces.FaceRecognitionService)
  const unsent = async () => {
    const fault = await call(client, client.identify, {}, { deadlineMs: 5000 }).catch((error: unknown) => error)
    assert(fault instanceof CallError)
    return fault.unsent
  }
  const first = unsent()
  await reached.promise
  await served[Symbol.asyncDispose]()
  assert.equal(await first, false)
  for (let i = 0; i < 5; i++) assert.equal(await unsent(), true)
  connection[Symbol.dispose]()
})

test('a connection that is given up lets a call under way end as it would, and takes no more', async () => {
  const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using served = await serve(async () => {
    reached.resolve()
    await release.promise
    return { detail: 'done' }
  })
  const connection = new Connection(served.address)
  const client = connection.client(faces.FaceRecognitionService)
  const answer = call(client, client.identify, {}, { deadlineMs: 5000 })
  await reached.promise
  connection[Symbol.dispose]()
  await assert.rejects(call(client, client.identify, {}, { deadlineMs: 5000 }))
  release.resolve()
  assert.equal((await answer).detail, 'done')
})

test('a call that cannot be answered now is refused before its request comes, and counted; others are admitted', async () => {
  let isFull = true
  const { Identify } = faces.FaceRecognitionService.service
  const refusal = (path: string) =>
    isFull && path === Identify.path ? new RpcError(status.RESOURCE_EXHAUSTED, 'Come back soon.') : undefined
  const handled: number[] = []
  const handle = async ({ request }: Call<IdentifyRequest__Output>) => {
    handled.push(request.content?.length ?? 0)
    return {}
  }
  await using server = new GrpcServer({
    services: [
      {
        definition: faces.FaceRecognitionService.service,
        handlers: { Identify: unary(log, handle), GetStats: unary(log, async () => ({ engine: 'here' })) },
        roles: { Identify: 'submit', GetStats: 'read' },
      },
    ],
    log,
    refusal,
    maxRequestBytes: 100_000,
  })
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  using connection = new Connection(address)
  const client = connection.client(faces.FaceRecognitionService)
  const send = (bytes: number) =>
    call(client, client.identify, { content: Buffer.alloc(bytes) }, { deadlineMs: 30_000 })
  const before = await refused()
  // What is too large would be told so, had it come in.
  await assert.rejects(send(10_000_000), { code: status.RESOURCE_EXHAUSTED, details: 'Come back soon.' })
  assert.equal((await call(client, client.getStats, {}, { deadlineMs: 30_000 })).engine, 'here')
  isFull = false
  await send(1000)
  assert.deepEqual(handled, [1000])
  assert.equal(await refused(), before + 1)
})

test('reflection tells the fields by the names of the files, and tells of grpc.health.v1', async () => {
  await using served = await serve(async () => ({}))
  const file = async (symbol: string) => {
    const { answer } = await reflect(served.address, { file_containing_symbol: symbol })
    return Buffer.concat(answer?.file_descriptor_response?.file_descriptor_proto ?? []).toString('latin1')
  }
  const ofFaces = await file('livepods.faces.v1.IdentifyRequest')
  assert.match(ofFaces, /with_descriptors/)
  assert.doesNotMatch(ofFaces, /withDescriptors/)
  assert.match(await file('grpc.health.v1.Health'), /HealthCheckRequest/)
  const { answer } = await reflect(served.address, { list_services: '' })
  const names = answer?.list_services_response?.service.map(({ name }) => name)
  assert.deepEqual(names?.toSorted(), ['grpc.health.v1.Health', 'livepods.faces.v1.FaceRecognitionService'])
})

test('a request that is no message of its type is INVALID_ARGUMENT and reaches no handler, at every service', async () => {
  let handled = 0
  await using served = await serve(async () => ({ detail: String(++handled) }))
  const raw = (bytes: Buffer) => bytes
  for (const path of ['/livepods.faces.v1.FaceRecognitionService/Identify', '/grpc.health.v1.Health/Check']) {
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      responseDeserialize: raw,
    }
    const definition = { send: { ...method, requestDeserialize: raw, responseSerialize: raw } }
    const Raw = makeClientConstructor(definition, 'Raw') as unknown as typeof faces.FaceRecognitionService
    const client = connect(Raw, served.address)
    // The number of a field that does not end.
    const request = Buffer.from([0xff, 0xff])
    await assert.rejects(
      call(client, (client as unknown as { send: never }).send, request, { deadlineMs: 30_000 }),
      (error: CallError) => error.code === status.INVALID_ARGUMENT && /cannot be decoded/.test(error.details),
      path,
    )
    client.close()
  }
  assert.equal(handled, 0)
  assert.equal((await served.identify()).detail, '1')
})

test('a peer that says nothing for many seconds is slow and not dead: its call is answered when it goes on', async (t) => {
  const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using served = await serve(async () => {
    reached.resolve()
    await release.promise
    return { detail: 'done' }
  })
  await using between = await stoppable(served.address)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  using connection = new Connection(between.address)
  const client = connection.client(faces.FaceRecognitionService)
  const answer = call(client, client.identify, {}, { deadlineMs: 60_000 })
  await reached.promise
  between.stop()
  // The keepalive ping, and the time that it waits for its answer.
  t.mock.timers.tick(10_000)
  t.mock.timers.tick(15_000)
  release.resolve()
  between.goOn()
  assert.equal((await answer).detail, 'done')
})

/** Stands between client and server, and passes nothing on while it is stopped. */
async function stoppable(to: string) {
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const peer = connectTcp(Number(to.split(':')[1]), '127.0.0.1')
    for (const [from, into] of [
      [client, peer],
      [peer, client],
    ] as const) {
      sockets.push(from)
      from.on('data', (bytes) => into.write(bytes))
      from.on('close', () => into.destroy())
      from.on('error', () => {})
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => sockets.forEach((socket) => void socket.pause()),
    goOn: () => sockets.forEach((socket) => void socket.resume()),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Calls that were answered with RESOURCE_EXHAUSTED until now. */
async function refused(): Promise<number> {
  const { values } = await duration.get()
  const isCount = ({ metricName, labels }: (typeof values)[number]) =>
    metricName?.endsWith('_count') && labels.code === 'RESOURCE_EXHAUSTED'
  return values.find(isCount)?.value ?? 0
}
