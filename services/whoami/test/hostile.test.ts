import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { eventually, forgetPeakMemory, peakMemory, type SpawnedService, spawnService } from '@livepods/testing'
import { FLAG, FRAME, frame, GET_HEADERS, literal, PREFACE } from './support/http2-frames.ts'
import { ask, open, readAll, readUntil } from './support/wire.ts'

// A process of its own, so that its memory can be measured. After everything it must still answer, and be ready.

/** What a process may take more than before, in MiB: V8 collects buffers only when 64 MiB of them have gathered. */
const MARGIN = 96

suite('hostile clients', () => {
  let whoami: SpawnedService
  let port: number
  before(async () => {
    const variables = { WHOAMI_PORT_NUMBER: '0', MAX_CONNECTIONS: '1500', PROXY_PROTOCOL: 'accept' }
    whoami = await spawnService(new URL('../src/main.ts', import.meta.url), variables)
    await whoami.ready()
    port = Number((await whoami.said(/"port":(\d+)/))[1])
    await ask(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  })
  after(async () => {
    assert.equal(await whoami.stop(), 0)
    assert.doesNotMatch(whoami.output(), /"level":"(error|fatal)"/)
  })

  const stillAnswers = async () => {
    assert.equal((await ask(port, 'GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')).body, '1')
    assert.equal((await fetch(`${whoami.ops}/readyz`)).status, 200)
  }
  const pid = () => whoami.process.pid as number
  /** Runs `attack`, and asserts that memory stays flat meanwhile. */
  const flat = async (attack: () => Promise<void>) => {
    forgetPeakMemory(pid())
    const before = peakMemory(pid())
    await attack()
    const taken = peakMemory(pid()) - before
    assert.ok(taken < MARGIN, `${Math.round(taken)} MiB more`)
    await stillAnswers()
  }

  test('16 KB of headers come back, 40 KB are refused', async () => {
    const lines = (bytes: number) =>
      Array.from({ length: bytes / 64 }, (_, at) => `X-${String(at).padStart(4, '0')}: ${'v'.repeat(54)}\r\n`)
    const whole = lines(16 * 1024).join('')
    const { status, body } = await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${whole}\r\n`)
    assert.equal(status, 200)
    assert.ok(body.includes(whole))
    assert.equal((await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${lines(40 * 1024).join('')}\r\n`)).status, 431)
    await stillAnswers()
  })

  test('1 000 slow clients are closed, and others are answered meanwhile', async () => {
    await flat(async () => {
      const sockets = await Promise.all(Array.from({ length: 1000 }, async () => await open(port)))
      const closed = sockets.map(async (socket, at) => {
        socket.on('error', () => {})
        socket.resume()
        // Some say nothing at all, some a bit of a PROXY header, of HTTP/1.1 or of HTTP/2.
        socket.write(['', 'PROX', 'GET / HTTP/1.1\r\nHos', 'PRI * HTTP'][at % 4] ?? '')
        await once(socket, 'end').catch(() => {})
        socket.destroy()
      })
      await stillAnswers()
      await Promise.all(closed)
    })
  })

  test('10 000 fuzzed pieces of HTTP/1.1, HTTP/2, WebSocket and PROXY headers', async () => {
    const random = randomBytes(1)
    await flat(async () => {
      for (let round = 0; round < 100; round++) {
        const begin = BEGINNINGS[round % BEGINNINGS.length] as Buffer
        const socket = await open(port)
        socket.on('error', () => {})
        socket.write(begin)
        for (let piece = 0; piece < 100 && !socket.destroyed; piece++) socket.write(random(round % BEGINNINGS.length))
        socket.end()
        socket.resume()
        await ended(socket)
      }
    })
  })

  test('HTTP/2 rapid reset: 10 000 streams that are begun and reset', async () => {
    await flat(async () => {
      const socket = await http2Socket(port)
      for (let stream = 1; stream < 20_000 && !socket.destroyed; stream += 2) {
        const isFull = !socket.write(
          Buffer.concat([
            frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, GET_HEADERS),
            frame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, 8])),
          ]),
        )
        if (isFull) await drainOrEnd(socket)
      }
      await ended(socket.end())
    })
  })

  test('a CONTINUATION flood ends its connection', async () => {
    await flat(async () => {
      const socket = await http2Socket(port)
      socket.write(frame(FRAME.headers, 0, 1, GET_HEADERS))
      const more = frame(
        FRAME.continuation,
        0,
        1,
        Buffer.concat(Array.from({ length: 100 }, () => literal('x', 'y'.repeat(100)))),
      )
      let sent = 0
      while (!socket.destroyed) {
        sent++
        assert.ok(sent < 10_000, 'it takes 100 MB of fields')
        if (!socket.write(more)) await drainOrEnd(socket)
        await new Promise(setImmediate)
      }
    })
  })

  test('a long body comes back while it is sent, memory flat', async () => {
    await flat(async () => {
      const sent = 200 * 1024 * 1024
      const chunk = Buffer.alloc(256 * 1024, 'x')
      const echoed = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': sent } })
      const received = once(echoed, 'response').then(async ([response]) => {
        let length = 0
        for await (const bytes of response) length += bytes.length
        return length
      })
      for (let at = 0; at < sent; at += chunk.length) if (!echoed.write(chunk)) await once(echoed, 'drain')
      echoed.end()
      const head = (await received) - sent
      assert.ok(head > 0 && head < 4096, `${head} bytes beside the body`)
    })
  })

  for (const [title, text] of Object.entries({
    'a file that is not read': 'GET /data?size=1&unit=GB HTTP/1.1\r\nHost: x\r\n\r\n',
    'an echo that is not read': `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n${'x'.repeat(64 * 1024 * 1024)}`,
  }))
    test(`${title} is held back, memory flat`, async () => {
      await flat(async () => {
        const sockets = await Promise.all(Array.from({ length: 5 }, async () => await open(port)))
        for (const socket of sockets)
          socket
            .on('error', () => {})
            .pause()
            .write(text)
        // As much as it wants to send by itself is on its way when it answers others a few times.
        for (let time = 0; time < 5; time++) await stillAnswers()
        for (const socket of sockets) socket.destroy()
      })
    })

  test('WebSocket messages that are not read are held back, memory flat', async () => {
    await flat(async () => {
      const socket = await webSocket(port)
      socket.pause()
      const message = webSocketFrame(Buffer.alloc(512 * 1024, 'x'))
      let unsent = 0
      // It stops reading before 200 MB are sent.
      while (unsent === 0 && socket.bytesWritten < 200 * 1024 * 1024) {
        if (!socket.write(message)) unsent = await Promise.race([drainOrEnd(socket).then(() => 0), stalled(socket)])
      }
      assert.ok(unsent > 0, 'it reads on')
      socket.destroy()
    })
  })

  test('a WebSocket message above 1 MiB ends its connection', async () => {
    const socket = await webSocket(port)
    socket.write(webSocketFrame(Buffer.alloc(1024 * 1024 + 1)))
    // A close frame: 1009, too big.
    const [opcode, , ...code] = Buffer.from(await readAll(socket), 'latin1')
    assert.deepEqual([opcode, code.slice(0, 2)], [0x88, [0x03, 0xf1]])
    await stillAnswers()
  })

  test('smuggling: both lengths, two hosts, no host, a broken escape', async () => {
    for (const head of [
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
      'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n',
      'GET * HTTP/1.1\r\nHost: x\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n',
      'BREW / HTTP/1.1\r\nHost: x\r\n\r\n',
    ])
      assert.equal((await ask(port, head)).status, 400, head)
    await stillAnswers()
  })

  test('connections of all of these are closed in the end', async () => {
    await eventually(async () => {
      const text = await (await fetch(`${whoami.ops}/metrics`)).text()
      assert.match(text, /^livepods_whoami_connections 0$/m)
      assert.match(text, /^livepods_whoami_requests_in_flight 0$/m)
    })
  })
})

async function http2Socket(port: number): Promise<Socket> {
  const socket = await open(port)
  socket.on('error', () => {})
  socket.resume()
  socket.once('end', () => socket.destroy())
  socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]))
  return socket
}

/** Resolves when the socket is closed, by whomever. */
async function ended(socket: Socket): Promise<void> {
  if (socket.closed) return
  await new Promise<void>((resolve) => void socket.once('close', () => resolve()))
}

async function drainOrEnd(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve)
    socket.once('close', () => resolve())
  })
}

const HANDSHAKE =
  'GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

async function webSocket(port: number): Promise<Socket> {
  const socket = await open(port)
  socket.write(HANDSHAKE)
  await readUntil(socket, (text) => text.endsWith('\r\n\r\n'))
  return socket
}

/** A whole binary message, masked with zeros. */
function webSocketFrame(payload: Buffer): Buffer {
  const head = Buffer.alloc(14)
  head.writeUInt8(0x82, 0)
  head.writeUInt8(0x80 | 127, 1)
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

/** Resolves with what waits to be sent as soon as other answers come while none of it goes. */
async function stalled(socket: Socket): Promise<number> {
  const before = socket.writableLength
  for (let time = 0; time < 20; time++) await ask(socket.remotePort as number, 'GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
  return socket.writableLength === before ? before : 0
}

const BEGINNINGS = [
  Buffer.from(HANDSHAKE),
  Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]),
  Buffer.from(''),
  Buffer.from('0d0a0d0a000d0a515549540a21', 'hex'),
  Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'),
]

/** Pieces that begin as they should and go on at random, the same for each seed. */
function randomBytes(seed: number): (kind: number) => Buffer {
  let state = seed
  const next = (below: number) => {
    // Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => next(256)))
  return (kind) => {
    switch (kind) {
      case 0:
        return Buffer.concat([Buffer.from([next(256), 0x80 | next(126)]), bytes(4 + next(60))])
      case 1:
        return frame(next(12), next(256), next(20), bytes(next(100)))
      default:
        return Buffer.concat([
          Buffer.from(['GET / HTTP/1.1\r\n', '5\r\n', 'PROXY ', 'X: '][next(4)] ?? ''),
          bytes(next(100)),
        ])
    }
  }
}
