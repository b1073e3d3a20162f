import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallError, RpcError, status } from '@livepods/grpc'
import type { IdentifyResponse } from '@livepods/protos'
import { TcpProxy, testTokens } from '@livepods/testing'
import { InvalidResponseError } from '../src/answer.ts'
import {
  awayOf,
  CallCancelledError,
  ImageStoreAwayError,
  isBusy,
  isServerFault,
  Recogniser,
  SingleCallTimeoutError,
} from '../src/recogniser.ts'
import { answerOf, facerecogServer, facesServer } from './support/faces-server.ts'
import { DESCRIPTOR } from './support/recognitions.ts'

const claim = { id: '7', token: 't', path: 'x.jpg', attempts: 1, requestId: null, traceparent: null }
const never = new AbortController().signal

async function asking(identify: Parameters<typeof facesServer>[0], deadlineMs = 5000) {
  const stack = new AsyncDisposableStack()
  const { address, server } = stack.use(await facesServer(identify))
  const recogniser = stack.use(new Recogniser({ address, deadlineMs }))
  return { recogniser, server, address, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('asks for the path with embeddings, under the request id of the photo or one made of its id', async () => {
  const asked: unknown[] = []
  await using part = await asking(async (request, requestId) => {
    asked.push([request.path, request.withDescriptors, requestId])
    return answerOf('hannibal')
  })
  await part.recogniser.identify(claim, never)
  await part.recogniser.identify({ ...claim, requestId: 'abc' }, never)
  assert.deepEqual(asked, [
    ['x.jpg', true, 'image-7'],
    ['x.jpg', true, 'abc'],
  ])
})

test('an answer becomes a recognition', async () => {
  await using part = await asking(async () => answerOf('hannibal'))
  const { outcome, faces, gallery, engine } = await part.recogniser.identify(claim, never)
  assert.deepEqual([outcome, gallery.length, engine, faces.length], ['IDENTIFIED', 64, 'test', 1])
  assert.deepEqual(faces[0]?.nearest, { person: 'hannibal', imageName: 'hannibal.jpg', distance: 0.3 })
  assert.deepEqual(faces[0]?.descriptor, DESCRIPTOR)
  assert.equal(faces[0]?.runnerUp, undefined)
})

test('what the file was comes with the answer, and the stamp that it has had for a minute goes with the question', async () => {
  const asked: string[] = []
  const file = { stamp: '1-2-3', unfinished: true, truncated: true, detail: 'The file is empty.' }
  await using part = await asking(async ({ settledStamp }) => {
    asked.push(settledStamp)
    return { outcome: 'OUTCOME_UNREADABLE', ...file }
  })
  const { stamp, unfinished, truncated, detail } = await part.recogniser.identify(claim, never)
  assert.deepEqual({ stamp, unfinished, truncated, detail }, file)
  await part.recogniser.identify({ ...claim, settledStamp: '1-2-3' }, never)
  assert.deepEqual(asked, ['', '1-2-3'])
})

test('what of the picture was not searched, and how well its faces can be seen, comes with the answer', async () => {
  const box = { x: 0, y: 0, width: 1, height: 1 }
  await using part = await asking(async () => ({
    ...{ outcome: 'OUTCOME_UNIDENTIFIED', incomplete: true, moreFaces: 7 },
    faces: [
      { box, score: 1, quality: 0.25 },
      { box, score: 1 },
    ],
  }))
  const { incomplete, moreFaces, faces } = await part.recogniser.identify(claim, never)
  assert.deepEqual([incomplete, moreFaces, faces.map(({ quality }) => quality)], [true, 7, [0.25, undefined]])
})

test('a server that says nothing of files is understood', async () => {
  await using part = await asking(async () => ({ outcome: 'OUTCOME_UNREADABLE' }))
  const { stamp, unfinished, truncated, incomplete, moreFaces } = await part.recogniser.identify(claim, never)
  assert.deepEqual([stamp, unfinished, truncated, incomplete, moreFaces], [undefined, false, false, false, 0])
})

test('what the picture is, is an outcome', async () => {
  for (const outcome of ['UNIDENTIFIED', 'NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED'] as const) {
    await using part = await asking(async () => ({ outcome: `OUTCOME_${outcome}`, detail: 'Because.' }))
    const recognition = await part.recogniser.identify(claim, never)
    assert.deepEqual([recognition.outcome, recognition.detail], [outcome, 'Because.'])
  }
})

test('a server that puts outcomes into codes is understood', async () => {
  for (const [code, outcome] of [
    [status.INVALID_ARGUMENT, 'REFUSED'],
    [status.NOT_FOUND, 'MISSING'],
  ] as const) {
    await using part = await asking(async () => {
      throw new RpcError(code, 'The path is a URL.')
    })
    const recognition = await part.recogniser.identify(claim, never)
    assert.deepEqual([recognition.outcome, recognition.detail], [outcome, 'The path is a URL.'])
  }
})

test('an answer that cannot be is a fault of the server', async () => {
  const [face] = answerOf('x').faces ?? []
  const bad: IdentifyResponse[] = [
    {},
    { ...answerOf('x'), gallery: 'not a hash' },
    { ...answerOf('x'), engine: 'x'.repeat(33) },
    { ...answerOf('x'), stamp: 'x'.repeat(65) },
    { ...answerOf('x'), stamp: 'größe' },
    { ...answerOf('x'), faces: [{ ...face, box: null }] },
    { ...answerOf('x'), faces: [{ ...face, box: { x: Number.NaN } }] },
    { ...answerOf('x'), faces: [{ ...face, nearest: null }] },
    { ...answerOf('x'), faces: [{ ...face, nearest: { person: '' } }] },
    { ...answerOf('x'), faces: [{ ...face, descriptor: Buffer.alloc(100) }] },
  ]
  for (const answer of bad) {
    await using part = await asking(async () => answer)
    await assert.rejects(
      part.recogniser.identify(claim, never),
      (error) => error instanceof InvalidResponseError && isServerFault(error),
    )
  }
})

test('a server that is away, late or broken is at fault; one whose queue is full is not', async () => {
  for (const [code, fault] of [
    [status.UNAVAILABLE, true],
    [status.INTERNAL, true],
    [status.RESOURCE_EXHAUSTED, false],
    [status.ABORTED, false],
  ] as const) {
    await using part = await asking(async () => {
      throw new RpcError(code, 'no')
    })
    await assert.rejects(part.recogniser.identify(claim, never), (error: CallError) => {
      assert.equal(error.code, code)
      return isServerFault(error) === fault
    })
  }
  await using late = await asking(() => new Promise(() => {}), 100)
  await assert.rejects(late.recogniser.identify(claim, never), (error: CallError) => {
    return error.code === status.DEADLINE_EXCEEDED && isServerFault(error)
  })
})

test("a deadline that passes while later calls are answered is one picture's, all the same when it is tried again", async () => {
  const reached = Promise.withResolvers<void>()
  await using part = await asking(async ({ path }) => {
    if (path === 'x.jpg') return answerOf('hannibal')
    reached.resolve()
    return new Promise(() => {})
  }, 3000)
  const isOneCall = (error: Error) => error instanceof SingleCallTimeoutError && !isServerFault(error) && !isBusy(error)
  const late = assert.rejects(part.recogniser.identify({ ...claim, path: 'poison.png' }, never), isOneCall)
  await reached.promise
  await part.recogniser.identify(claim, never)
  await late
})

test('a server that is busy is not at fault, and did not look at the photo', async () => {
  await using part = await asking(async ({ path }) => {
    throw new RpcError(status.RESOURCE_EXHAUSTED, 'Come back soon.', path === 'x.jpg' ? { reason: 'busy' } : {})
  })
  await assert.rejects(part.recogniser.identify(claim, never), (error) => isBusy(error) && !isServerFault(error))
  await assert.rejects(part.recogniser.identify({ ...claim, path: 'y.jpg' }, never), (error) => !isBusy(error))
})

test('a call that we give up says nothing of the server', async () => {
  const reached = Promise.withResolvers<void>()
  await using part = await asking(async () => {
    reached.resolve()
    return new Promise(() => {})
  })
  const giveUp = new AbortController()
  const call = part.recogniser.identify(claim, giveUp.signal)
  await reached.promise
  giveUp.abort()
  await assert.rejects(call, (error) => error instanceof CallCancelledError && !isServerFault(error))
})

test('a ping succeeds only while the server serves (kube-cluster-sample read its health the wrong way round)', async () => {
  await using part = await asking(async () => answerOf('x'))
  await part.recogniser.ping()
  part.server.serving = false
  await assert.rejects(part.recogniser.ping(), /NOT_SERVING/)
  await part.server[Symbol.asyncDispose]()
  await assert.rejects(part.recogniser.ping())
})

test('a ping succeeds only while the server has its pictures, and says which of both it lacks', async () => {
  await using server = await facesServer(async () => answerOf('x'), { parts: ['pictures'] })
  using recogniser = new Recogniser({ address: server.address, deadlineMs: 5000 })
  await recogniser.ping()
  server.server.setPart('pictures', false)
  await assert.rejects(recogniser.ping(), (error) => error instanceof ImageStoreAwayError && awayOf(error) === 'store')
  server.server.serving = false
  await assert.rejects(recogniser.ping(), (error) => /NOT_SERVING/.test((error as Error).message) && !awayOf(error))
  server.server.serving = true
  server.server.setPart('pictures', true)
  await recogniser.ping()
})

test('pictures that are away are a fault of the server, those of one further folder are not, and one picture is no such fault', async () => {
  for (const [reason, what, fault] of [
    ['store-away', 'store', true],
    ['folder-away', 'folder', false],
    [undefined, undefined, true],
  ] as const) {
    await using part = await asking(async () => {
      throw new RpcError(status.UNAVAILABLE, 'no', reason ? { reason } : {})
    })
    await assert.rejects(part.recogniser.identify(claim, never), (error) => {
      return awayOf(error) === what && isServerFault(error) === fault
    })
  }
})

test('a kube-cluster-sample server is asked by its own proto: a name is a person, "not_found" nobody', async () => {
  const answers = { 'x.jpg': 'hannibal_1.jpg', 'y.jpg': 'skarlso.jpg', 'f.jpg': 'fiona/sample3.jpg' }
  await using facerecog = await facerecogServer(answers)
  using recogniser = new Recogniser({ address: facerecog.address, deadlineMs: 5000 })
  await recogniser.ping()
  const found = await recogniser.identify(claim, never)
  assert.equal(found.outcome, 'IDENTIFIED')
  assert.deepEqual(found.named, { person: 'hannibal', imageName: 'hannibal_1.jpg', distance: 0 })
  assert.equal((await recogniser.identify({ ...claim, path: 'y.jpg' }, never)).named?.person, 'skarlso')
  const inFolder = await recogniser.identify({ ...claim, path: 'f.jpg' }, never)
  assert.deepEqual(inFolder.named, { person: 'fiona', imageName: 'fiona/sample3.jpg', distance: 0 })
  const nobody = await recogniser.identify({ ...claim, path: 'z.jpg' }, never)
  assert.deepEqual([nobody.outcome, nobody.named], ['UNIDENTIFIED', undefined])
})

test('the first ping after the return of a server succeeds, however long it was away, and so does the call after it', async () => {
  const { port, address } = await (async () => {
    await using server = await facesServer(async () => answerOf('hannibal'))
    return server
  })()
  using recogniser = new Recogniser({ address, deadlineMs: 2000 })
  for (let ping = 0; ping < 8; ping++) await assert.rejects(recogniser.ping(), CallError)
  await using _server = await facesServer(async () => answerOf('hannibal'), { port })
  await recogniser.ping()
  assert.equal((await recogniser.identify(claim, never)).outcome, 'IDENTIFIED')
})

test('the first ping after a network that swallowed everything succeeds, where the connection from before would be waited for', async () => {
  await using server = await facesServer(async () => answerOf('hannibal'))
  await using proxy = await TcpProxy.open({ host: '127.0.0.1', port: server.port })
  using recogniser = new Recogniser({ address: `127.0.0.1:${proxy.port}`, deadlineMs: 3000 })
  assert.equal((await recogniser.identify(claim, never)).outcome, 'IDENTIFIED')
  proxy.swallows = true
  await assert.rejects(recogniser.identify(claim, never), CallError)
  for (let ping = 0; ping < 2; ping++) await assert.rejects(recogniser.ping(), CallError)
  proxy.swallows = false
  await recogniser.ping()
  assert.equal((await recogniser.identify(claim, never)).outcome, 'IDENTIFIED')
})

test('a call carries the token as it is then; a server that refuses it is at fault, and a ping succeeds only when it is let in', async () => {
  await using tokens = await testTokens()
  const asked: string[] = []
  const identify = async ({ path = '' }) => {
    asked.push(path)
    return answerOf('hannibal')
  }
  await using server = await facesServer(identify, { access: tokens.access })
  let headers = { authorization: 'Bearer wrong-token-0123456789' }
  const token = {
    get headers() {
      return headers
    },
  }
  using recogniser = new Recogniser({ address: server.address, deadlineMs: 5000, token })
  await recogniser.ping()
  await assert.rejects(recogniser.identify(claim, never), (error: CallError) => {
    return error.code === status.UNAUTHENTICATED && isServerFault(error)
  })
  await assert.rejects(recogniser.ping(), { code: status.UNAUTHENTICATED })
  headers = tokens.headers.read
  await assert.rejects(recogniser.ping(), { code: status.PERMISSION_DENIED })
  headers = tokens.headers.submit
  await recogniser.ping()
  assert.equal((await recogniser.identify(claim, never)).outcome, 'IDENTIFIED')
  assert.deepEqual(asked, ['', 'x.jpg'])
})
