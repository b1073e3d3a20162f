import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CallError, call, connect, status } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { costlyPng, forgetPeakMemory, memoryLimit, peakMemory, spawnService } from '@livepods/testing'
import sharp from 'sharp'
import { samples } from '../support/samples.ts'

const main = new URL('../../src/main.ts', import.meta.url)

/** As costly as it may be, in every way that holds much memory. */
async function costlyPictures(): Promise<Record<string, Buffer>> {
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#5a7864' }, limitInputPixels: false })
  const avif = await flat(3400, 3400).avif({ effort: 0 }).toBuffer()
  return {
    'one.png': costlyPng(7000, 7000, { mark: '1' }),
    'two.png': costlyPng(7000, 7000, { mark: '2' }),
    'one.avif': avif,
    // What follows the last box is no part of the picture.
    'two.avif': Buffer.concat([avif, Buffer.from([0, 0, 0, 9, 0x66, 0x72, 0x65, 0x65, 1])]),
    'one.jpg': await flat(8000, 8000).jpeg({ progressive: true, mozjpeg: false }).toBuffer(),
    'one.webp': await flat(7000, 7000).webp({ lossless: true, effort: 0 }).toBuffer(),
  }
}

test('a good photo behind six of the costliest is answered before most of them, none is lost, and the peak is below the limit of k8s/base', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'decode-peaks-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const [known, unknown] = [join(folder, 'known'), join(folder, 'unknown')]
  for (const path of [known, unknown]) mkdirSync(path)
  const costly = await costlyPictures()
  for (const [name, bytes] of Object.entries(costly)) writeFileSync(join(unknown, name), bytes)
  cpSync(join(samples, 'sample1.jpg'), join(unknown, 'good.jpg'))
  const beyond = costlyPng(8, 8, { depth: 16 })
  beyond.writeUInt32BE(7000, 16)
  beyond.writeUInt32BE(7000, 20)
  writeFileSync(join(unknown, 'beyond.png'), beyond)
  await using service = await spawnService(main, {
    PORT: '0',
    KNOWN_PEOPLE: known,
    UNKNOWN_PEOPLE: unknown,
    // As in k8s/base.
    FACE_WORKERS: '2',
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '4000000',
  })
  await service.ready()
  const address = `127.0.0.1:${(await service.said(/"grpcPort":(\d+)/))[1]}`
  await using stack = new AsyncDisposableStack()
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  const pid = service.process.pid as number
  const order: string[] = []
  /** As image-processor does, but without end. */
  const identify = async (path: string) => {
    for (;;) {
      try {
        const answer = await call(client, client.identify, { path }, { deadlineMs: 60_000 })
        order.push(path)
        return answer
      } catch (error) {
        assert.ok(error instanceof CallError)
        assert.ok(error.code === status.ABORTED || error.reason === 'busy', error.message)
        await sleep(100)
      }
    }
  }
  forgetPeakMemory(pid)
  const answers = Object.keys(costly).map((path) => identify(path))
  const good = await identify('good.jpg')
  assert.ok((good.faces?.length ?? 0) > 0)
  // One that was being decoded, and one that was begun meanwhile; a slow machine may need as long for one of these as for a face.
  assert.ok(order.length <= 3, order.join())
  for (const answer of answers) assert.equal((await answer).outcome, 'OUTCOME_NO_FACE')
  const { outcome, detail } = await identify('beyond.png')
  assert.equal(outcome, 'OUTCOME_UNREADABLE')
  assert.match(detail, /interlaced PNG of 7000 × 7000 pixels takes 468 MB of memory; the limit is 240/)
  const peak = peakMemory(pid)
  context.diagnostic(`peak ${Math.round(peak)} MiB; in this order: ${order.join(', ')}`)
  assert.ok(peak < memoryLimit('face-recognition'), `${peak} MiB`)
})
