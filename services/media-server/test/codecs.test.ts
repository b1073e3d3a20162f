import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { describeMedia } from '../src/hub/media.ts'
import { DATA, frame, type Message } from '../src/hub/message.ts'
import { testEngines } from './support/engines.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'

/** What test/fixtures holds, and how the codecs are called there. */
const FIXTURES = {
  'avc-aac': ['avc1', 'mp4a'],
  'hevc-opus': ['hvc1', 'Opus'],
  'av1-flac': ['av01', 'fLaC'],
  'vp9-ac3': ['vp09', 'ac-3'],
  multitrack: ['avc1', 'hvc1', 'mp4a', 'Opus'],
}

for (const [name, codecs] of Object.entries(FIXTURES)) {
  test(`${name}: codecs are named, and every frame arrives as it was sent`, async () => {
    const { sent, key } = await fixture(name)
    await using server = await mediaServer()
    const body = new TransformStream<Uint8Array, Uint8Array>()
    const writer = body.writable.getWriter()
    const options = { method: 'POST', body: body.readable, duplex: 'half' } as RequestInit
    const published = fetch(`${server.http}/live/key.flv`, options)
    const first = Buffer.concat([flvHeader({ audio: true, video: true }), frame(flvFraming, sent.slice(0, key + 1))])
    writer.write(first).catch(() => {})
    await onAir(server)
    const watched = await fetch(`${server.http}/live/key.flv`)
    writer.write(frame(flvFraming, sent.slice(key + 1))).catch(() => {})
    await named(server, codecs)
    await writer.close()
    assert.equal((await published).status, 204)
    const received = messagesIn(Buffer.from(await watched.arrayBuffer()))
    assert.deepEqual(digests(received), digests(sent.slice(key)))
    assert.equal(received.filter(({ type }) => type === DATA).length, 1, 'metadata')
  })

  testEngines(`${name}: every frame that is sent by RTMP arrives by RTMP and by FLV`, async (engine) => {
    const { sent, key } = await fixture(name)
    await using server = await mediaServer({ RTMP_ENGINE: engine })
    const port = Number(new URL(server.rtmp).port)
    using publisher = await RtmpPeer.open(port)
    await publisher.publish('key')
    const send = (messages: Message[]) =>
      publisher.send(
        ...messages.map(({ type, payload, timestamp }) => message(type, payload, { streamId: 1, timestamp })),
      )
    send(sent.slice(0, key + 1))
    await onAir(server)
    using viewer = await RtmpPeer.open(port)
    await viewer.play('key')
    const watched = await fetch(`${server.http}/live/key.flv`)
    send(sent.slice(key + 1))
    await named(server, codecs)
    const expected = digests(sent.slice(key))
    await eventually(() => assert.deepEqual(digests(viewer.media() as Message[]), expected))
    assert.deepEqual(configurations(viewer.media() as Message[]), configurations(sent))
    publisher.socket.destroy()
    assert.deepEqual(digests(messagesIn(Buffer.from(await watched.arrayBuffer()))), expected)
  })
}

/** What a file has, and where in it a viewer begins; sound of before is of no use. */
async function fixture(name: string): Promise<{ sent: Message[]; key: number }> {
  const sent = messagesIn(await readFile(new URL(`fixtures/${name}.flv`, import.meta.url)))
  const key = sent.findIndex((message) => describeMedia(message).role === 'key')
  assert.ok(key > 0)
  return { sent, key }
}

async function onAir(server: RunningServer): Promise<void> {
  await eventually(async () => assert.ok(((await server.streams())[0]?.codecs.length ?? 0) > 0))
}

async function named(server: RunningServer, codecs: string[]): Promise<void> {
  await eventually(async () =>
    assert.deepEqual([...((await server.streams())[0]?.codecs ?? [])].sort(), codecs.toSorted()),
  )
}

function messagesIn(file: Buffer): Message[] {
  return [...new FlvReader().read(file)]
}

/** Of the frames; configurations come once more to who begins. */
function digests(messages: Message[]): string[] {
  return messages
    .filter((message) => {
      const { kind, role } = describeMedia(message)
      return kind !== 'data' && role !== 'config' && role !== 'none'
    })
    .map(({ type, payload }) => `${type} ${createHash('md5').update(payload).digest('hex')}`)
}

/** The last configuration of each track, and what supplements it. */
function configurations(messages: Message[]): Record<string, string> {
  return Object.fromEntries(
    messages
      .map((message) => ({ message, media: describeMedia(message) }))
      .filter(({ media }) => media.role === 'config')
      .map(({ message, media }) => [
        `${media.kind} ${media.track} ${media.isSupplement ?? false}`,
        message.payload.toString('hex'),
      ]),
  )
}
