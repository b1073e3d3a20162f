import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { describeMedia } from '../src/hub/media.ts'
import { DATA, frame, type Message } from '../src/hub/message.ts'
import { mediaServer } from './support/media-server.ts'

/** What test/fixtures holds, and how the codecs are called there. */
const FIXTURES = {
  'avc-aac': ['avc1', 'mp4a'],
  'hevc-opus': ['hvc1', 'Opus'],
  'av1-flac': ['av01', 'fLaC'],
  'vp9-ac3': ['vp09', 'ac-3'],
  multitrack: ['avc1', 'hvc1', 'mp4a', 'Opus'],
}

for (const [name, codecs] of Object.entries(FIXTURES))
  test(`${name}: codecs are named, and every frame arrives as it was sent`, async () => {
    const sent = messagesIn(await readFile(new URL(`fixtures/${name}.flv`, import.meta.url)))
    // Where a viewer begins; sound of before is of no use.
    const key = sent.findIndex((message) => describeMedia(message).role === 'key')
    assert.ok(key > 0)
    await using server = await mediaServer()
    const body = new TransformStream<Uint8Array, Uint8Array>()
    const writer = body.writable.getWriter()
    const options = { method: 'POST', body: body.readable, duplex: 'half' } as RequestInit
    const published = fetch(`${server.http}/live/key.flv`, options)
    const first = Buffer.concat([flvHeader({ audio: true, video: true }), frame(flvFraming, sent.slice(0, key + 1))])
    writer.write(first).catch(() => {})
    await eventually(async () => assert.ok(((await server.streams())[0]?.codecs.length ?? 0) > 0))
    const watched = await fetch(`${server.http}/live/key.flv`)
    writer.write(frame(flvFraming, sent.slice(key + 1))).catch(() => {})
    await eventually(async () =>
      assert.deepEqual([...((await server.streams())[0]?.codecs ?? [])].sort(), codecs.toSorted()),
    )
    await writer.close()
    assert.equal((await published).status, 204)
    const received = messagesIn(Buffer.from(await watched.arrayBuffer()))
    assert.deepEqual(digests(received), digests(sent.slice(key)))
    assert.equal(received.filter(({ type }) => type === DATA).length, 1, 'metadata')
  })

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
