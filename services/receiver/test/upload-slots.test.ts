import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { limitUploads } from '../src/upload-slots.ts'
import { png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

/** The receiver with so many slots, and a clock that a test sets. */
async function receiving(atOnce: number) {
  let at = 0
  const app = await uploadApp({ uploadSlots: limitUploads({ atOnce, now: () => at }) })
  const { port, hostname, pathname } = new URL(app.url)
  const sockets: Socket[] = []
  /** Begins an upload that never ends, with so many bytes. */
  const begin = async (bytes: number, more = '') => {
    const { length } = await app.staged()
    const socket = connect(Number(port), hostname)
    sockets.push(socket)
    const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n${more}content-length: 900000\r\n\r\n`
    socket.write(Buffer.concat([Buffer.from(head), png(1, 1, bytes)]))
    await eventually(async () => assert.equal((await app.staged()).length, length + 1))
    return socket
  }
  return {
    ...app,
    begin,
    pass: (ms: number) => {
      at += ms
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await app[Symbol.asyncDispose]()
    },
  }
}

const answerOn = async (socket: Socket) => String((await once(socket, 'data'))[0])

test('when all slots are taken the slowest upload ends with 408 and leaves nothing, and the new one is accepted', async () => {
  await using app = await receiving(3)
  await app.begin(90_000)
  const slow = await app.begin(200)
  await app.begin(20_000)
  app.pass(10_000)
  const [answer, { status }] = await Promise.all([answerOn(slow), app.send(png(1, 1), 'image/png')])
  assert.equal(status, 202)
  assert.match(answer, /^HTTP\/1\.1 408 .*application\/problem\+json.*less than 1024 bytes a second/s)
  await eventually(async () => assert.equal((await app.staged()).length, 2))
})

test('an upload that has just begun, and one that is fast enough, keeps its slot', async () => {
  await using app = await receiving(2)
  await app.begin(90_000)
  app.pass(10_000)
  await app.begin(100)
  const { status, headers, json } = await app.send(png(1, 1), 'image/png')
  assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
  assert.match(json.detail, /2 photos are being accepted/)
  assert.equal((await app.staged()).length, 2)
})

test('200 slow uploads keep nobody out', async () => {
  await using app = await receiving(8)
  for (let i = 0; i < 8; i++) await app.begin(10)
  const { port, hostname, pathname } = new URL(app.url)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 9999\r\n\r\nx`
  const crowd = Array.from({ length: 192 }, () => connect(Number(port), hostname).on('error', () => {}))
  for (const socket of crowd) socket.write(head)
  await eventually(async () => {
    app.pass(6000)
    assert.equal((await app.send(png(1, 1), 'image/png')).status, 202)
  })
  for (const socket of crowd) socket.destroy()
})
