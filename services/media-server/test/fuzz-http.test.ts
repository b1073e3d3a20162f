import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deliveryServer } from './support/delivery-server.ts'
import { LivePresentation } from './support/presentation.ts'
import { randomNumbers } from './support/random-numbers.ts'

/** Requests that are sent; CI has a fifth of what a long run has. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CONNECTIONS = 20
const PIPELINED = 10

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const random = randomNumbers(SEED)
const oneOf = <T>(values: readonly T[]) => values[random(values.length)] as T
const odd = () =>
  oneOf(['', '0', '-1', '9'.repeat(15), '9'.repeat(400), '1e3', '%', '%00', '\u00ff', '..', 'a&b=c', 'NaN'])

function fileOf(live: LivePresentation): string {
  const kind = oneOf(['video', 'audio', 'data'])
  const number = live.number + random(9) - 6
  return oneOf([
    'index.m3u8',
    'plain.m3u8',
    'manifest.mpd',
    'snapshot.mp4',
    'time.txt',
    'key.m3u8',
    `${kind}.m3u8`,
    `${kind}-plain.m3u8`,
    `${kind}-aaaa.mp4`,
    `${kind}-${odd()}.mp4`,
    `${kind}-${number}.m4s`,
    `${kind}-${number}.${random(8)}.m4s`,
    `${kind}-${odd()}.${odd()}.m4s`,
    odd(),
  ])
}

function requestOf(live: LivePresentation): string {
  const query = [
    `_HLS_msn=${oneOf([live.number, live.number + 1, live.number + 2, live.number - 9, odd()])}`,
    `_HLS_part=${oneOf([0, 1, 4, 5, 30, odd()])}`,
    `_HLS_skip=${oneOf(['YES', 'v2', odd()])}`,
    `token=${oneOf(['abcdefghijklmnop', 'abcdefghijklmnop/+==', odd()])}`,
  ].filter(() => random(3) === 0)
  const headers = [
    `Range: ${oneOf(['bytes=0-', 'bytes=5-9', 'bytes=-3', 'bytes=9-5', `bytes=${odd()}-${odd()}`, 'bytes=1-2,4-5'])}`,
    `If-None-Match: ${oneOf(['*', '"x"', 'W/"100-5000"', odd()])}`,
    `If-Range: ${oneOf(['"100-5000"', odd()])}`,
    `Accept-Encoding: ${oneOf(['gzip', 'br, gzip;q=0', odd()])}`,
    `Authorization: ${oneOf(['Bearer x', 'Basic eDp5', odd()])}`,
    `Content-Length: 0`,
  ].filter(() => random(6) === 0)
  const method = random(8) === 0 ? oneOf(['HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH']) : 'GET'
  const folder = random(8) === 0 ? oneOf(['/hls', '/dash', '/live/none', `/${odd()}`, '/a/b/c/d/e', '']) : '/live/key'
  const target = `${folder}/${fileOf(live)}${query.length > 0 ? `?${query.join('&')}` : ''}`.replaceAll(
    /[\s\u00ff]/g,
    '',
  )
  return [`${method} ${target} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
}

function mutate(text: string): string {
  const at = random(text.length)
  return oneOf([
    text.slice(0, at),
    text.slice(0, at) + text.slice(at + random(20)),
    text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at),
    text.slice(at) + text,
  ])
}

test('fuzzed requests for media are all answered, and leave nothing behind', async () => {
  const live = new LivePresentation()
  live.segments(9)
  live.open()
  await using server = await deliveryServer(live.presentation)
  const { port } = new URL(server.url)
  let steps = 0
  const step = () => {
    if (++steps % 6 > 0) return live.part()
    live.close()
    if (random(50) === 0) live.configure(`c${steps}`)
    live.open()
  }
  const used: number[] = []
  let sent = 0
  let answered = 0
  const converse = async () => {
    const requests = Array.from({ length: PIPELINED }, () => requestOf(live))
    const isMutated = random(4) === 0
    const text = isMutated ? mutate(requests.join('')) : requests.join('')
    const socket = connect(Number(port), '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1').on('error', () => {})
    socket.on('data', (piece: string) => {
      received += piece
    })
    const closed = once(socket, 'close')
    socket.write(text, 'latin1')
    // Who sends half a request leaves; the others are answered to the last one.
    if (isMutated) socket.end()
    else socket.write('GET /live/key/time.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await closed
    sent += PIPELINED
    answered += received.match(/^HTTP\/1\.1 \d/gm)?.length ?? 0
    assert.doesNotMatch(received, /^HTTP\/1\.1 500/m, text)
    assert.ok(isMutated || /^HTTP\/1\.1 [2345]/.test(received), text)
  }
  while (sent < REQUESTS) {
    let open = CONNECTIONS
    const conversations = Array.from({ length: CONNECTIONS }, () => converse().finally(() => open--))
    while (open > 0) {
      step()
      await turn()
    }
    await Promise.all(conversations)
    if (used.length < (10 * sent) / REQUESTS) {
      collectGarbage()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      used.push(heapUsed + arrayBuffers)
    }
  }
  assert.deepEqual(server.faults, [], `seed ${SEED}`)
  assert.equal(await server.blocked(), 0)
  assert.ok(answered > sent / 2, `${answered} answers to ${sent} requests`)
  const [early, late] = [Math.min(...used.slice(0, 4)), Math.min(...used.slice(-4))]
  assert.ok(late - early < 10e6, used.join())
})
