import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChainProcess } from '../src/chain.ts'
import { processList } from '../src/views/process-list.ts'

async function shown(parts: Record<string, unknown>, more: Partial<NonNullable<ChainProcess['status']>> = {}) {
  const status = {
    service: 's',
    version: 'dev',
    since: '2026-11-21T00:00:00Z',
    ready: true,
    state: 'ready',
    faults: {},
  }
  const process = { name: 'p', address: 'h:1', error: undefined, status: { ...status, ...more, parts } }
  return String(await processList([process]))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

test('parts of services that the page never heard of are told in words and units', async () => {
  const text = await shown({
    threshold: 0.6,
    queue: {
      state: 'consuming',
      connections: ['127.0.0.1:4150'],
      pending: { images: 12, oldestSeconds: 75.2 },
      depth: undefined,
    },
    gallery: { hash: 'ab'.repeat(32), skipped: [{ image: 'anna/1.jpg', reason: 'no face' }], withSeveralFaces: [] },
    memory: { usedBytes: 10 * 1024 * 1024, waitedMs: 1500, full: false },
  })
  for (const words of [
    'threshold 0.6',
    'connections 127.0.0.1:4150',
    'pending images 12',
    'pending oldest 1 min 15 s',
    'hash abababababab ',
    'skipped image anna/1.jpg , reason no face',
    'with several faces none',
    'used 10.0 MB',
    'waited 1.5 s',
    'full no',
    'depth –',
  ]) {
    assert.ok(text.includes(words), `"${words}" is not in: ${text}`)
  }
})

test('an open breaker tells when it pings next and what happened before, the last first', async () => {
  const text = await shown({
    breaker: {
      state: 'open',
      nextPingAt: new Date(Date.now() + 42_500).toISOString(),
      history: [
        { at: '2026-01-01T00:00:00Z', to: 'closed', reason: 'answers again' },
        { at: '2026-01-02T00:00:00Z', to: 'open', reason: 'away' },
      ],
    },
  })
  assert.match(text, /breaker open next ping in 42 s open \d+ d ago away closed \d+ d ago answers again/)
})

test('all processes are told in one sentence', async () => {
  assert.match(await shown({}), /1 process is ready/)
  assert.match(await shown({}, { ready: false, faults: { database: 'away' } }), /not ready: p .*database: away/)
  assert.match(await shown({}, { ready: false, state: 'stopping' }), /stopping/)
})

test('a part may be nested without end, or long without end', async () => {
  const endless: Record<string, unknown> = {}
  endless.again = endless
  const text = await shown({
    endless,
    long: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1])),
  })
  assert.ok(text.length < 2000)
})
