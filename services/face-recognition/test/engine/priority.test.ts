import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

const SOURCE = `
import { readlinkSync } from 'node:fs'
import { getPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
const { goBehindMainThread } = await import(workerData)
goBehindMainThread()
const thread = process.platform === 'linux' ? Number(readlinkSync('/proc/thread-self').split('/').at(-1)) : 0
parentPort.postMessage(getPriority(thread))
`

test('a thread that computes goes behind the main thread, whose own priority stays', async () => {
  const before = getPriority(process.pid)
  const module = new URL('../../src/engine/priority.ts', import.meta.url).href
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`), { workerData: module })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  worker.once('message', resolve)
  worker.once('error', reject)
  const niceness = await promise
  assert.equal(niceness, process.platform === 'linux' ? Math.max(10, before) : before)
  assert.equal(getPriority(process.pid), before)
})
