import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { costlyPng, forgetPeakMemory, freshDatabase, memoryLimit, peakMemory, spawnService } from '@livepods/testing'
import sharp from 'sharp'
import { addPhoto } from './support/rows.ts'

/** As in k8s/base. */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '4000000' }
const MAIN = new URL('../src/main.ts', import.meta.url)

test('thumbnails of the costliest pictures, all asked for at once, are made below the memory limit of k8s/base', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'picture-peaks-'))
  context.after(() => rmSync(folder, { recursive: true }))
  await using db = await freshDatabase()
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#5a7864' }, limitInputPixels: false })
  const avif = await flat(3400, 3400).avif({ effort: 0 }).toBuffer()
  const pictures = {
    'one.png': costlyPng(7000, 7000),
    'one.avif': avif,
    'two.avif': avif,
    'one.jpg': await flat(8000, 8000).jpeg({ progressive: true, mozjpeg: false }).toBuffer(),
    'two.jpg': await flat(8000, 8000).jpeg().toBuffer(),
    'three.jpg': await flat(4000, 3000).jpeg().toBuffer(),
  }
  const ids: string[] = []
  for (const [path, bytes] of Object.entries(pictures)) {
    writeFileSync(join(folder, path), bytes)
    ids.push(await addPhoto(db.database, { path }))
  }
  await using frontend = await spawnService(MAIN, {
    ...db.environment,
    FRONTEND_PORT: '0',
    UNKNOWN_PEOPLE: folder,
    ...MALLOC,
  })
  await frontend.ready()
  const url = String((await frontend.said(/"address":"([^"]+)"/))[1])
  const pid = frontend.process.pid as number
  forgetPeakMemory(pid)
  const before = peakMemory(pid)
  const order: string[] = []
  const paths = Object.keys(pictures)
  await Promise.all(
    ids.map(async (id, index) => {
      // A slow machine answers 503 meanwhile, and goes on.
      let type: string | null = null
      while (type !== 'image/webp') {
        const answer = await fetch(`${url}/photos/${id}/thumbnail?size=240`)
        await answer.arrayBuffer()
        type = answer.headers.get('content-type')
        assert.ok(answer.ok || answer.status === 503, `${answer.status}`)
        assert.notEqual(type, 'image/svg+xml', paths[index])
      }
      order.push(paths[index] ?? '')
    }),
  )
  const peak = peakMemory(pid)
  context.diagnostic(`peak ${Math.round(peak)} MiB after ${Math.round(before)}; in this order: ${order.join(', ')}`)
  assert.ok(peak < memoryLimit('frontend'), `${peak} MiB`)
})
