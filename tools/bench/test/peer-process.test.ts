import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Operations, PeerProcess, PeerRefusedError } from '../src/peer-process.ts'

interface Echo extends Operations {
  echo: (request: { n?: number }) => Promise<{ n?: number }>
  fail: (request: object) => Promise<never>
}

/** A process that runs this script; `say` writes an answer. */
function scripted(script: string) {
  const say = "const say = (answer) => require('node:fs').writeSync(3, JSON.stringify(answer) + '\\n');"
  return { command: process.execPath, args: ['-e', say + script], env: { WORD: 'tea' } }
}

const ECHO = `
  say({ word: process.env.WORD })
  console.log('banners do not disturb')
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { op, ...request } = JSON.parse(line)
    say(op === 'fail' ? { error: 'bad thing' } : request)
  })`

test('a peer greets, answers in order, tells its memory, and ends with its input', async () => {
  const peer = await PeerProcess.start<Echo>(scripted(ECHO))
  assert.deepEqual(peer.greeting, { word: 'tea' })
  assert.deepEqual([await peer.ask('echo', { n: 1 }), await peer.ask('echo', { n: 2 })], [{ n: 1 }, { n: 2 }])
  if (process.platform === 'linux') assert.ok((peer.usage?.residentMegabytes ?? 0) > 10)
  await peer[Symbol.asyncDispose]()
  await assert.rejects(peer.ask('echo', { n: 3 }), PeerRefusedError)
  await peer[Symbol.asyncDispose]()
})

test('an error in an answer is thrown with the request, and the next request is answered', async () => {
  await using peer = await PeerProcess.start<Echo>(scripted(ECHO))
  await assert.rejects(peer.ask('fail', {}), /bad thing \(asked: {"op":"fail"}\)/)
  assert.deepEqual(await peer.ask('echo', { n: 1 }), { n: 1 })
})

test('a peer may refuse to take part with a sentence', async () => {
  const start = PeerProcess.start(scripted("say({ refused: 'No milk.' })"))
  await assert.rejects(start, (error: Error) => error instanceof PeerRefusedError && error.message === 'No milk.')
})

test('a process that ends at once is refused with its last words', async () => {
  await assert.rejects(
    PeerProcess.start(scripted("throw new Error('no tea')")),
    /ended without an answer: [\s\S]*no tea/,
  )
})

test('a command that does not exist is refused', async () => {
  const start = PeerProcess.start({ command: '/nowhere/python', args: [], env: {} })
  await assert.rejects(
    start,
    (error: Error) => error instanceof PeerRefusedError && /cannot be started/.test(error.message),
  )
})
