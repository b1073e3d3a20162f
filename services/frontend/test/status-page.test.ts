import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PipelineProcess } from '../src/pipeline-status.ts'
import type { Errors } from '../src/views/pipeline-health.ts'
import { processList } from '../src/views/process-list.ts'

const status = { service: 's', version: 'dev', since: '2026-11-21T00:00:00Z', ready: true, state: 'ready', faults: {} }

async function text(processes: PipelineProcess[], errors: Partial<Errors> = {}) {
  const page = await processList(processes, { photos: [], failuresUrl: undefined, ...errors })
  return String(page)
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

async function shown(parts: Record<string, unknown>, more: Partial<NonNullable<PipelineProcess['status']>> = {}) {
  return await text([{ name: 'p', address: 'h:1', error: undefined, status: { ...status, ...more, parts } }])
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

test('transitions of several processes are told with their names, those of one without', async () => {
  const history = [
    { at: '2026-01-01T00:00:00Z', to: 'open', reason: 'away', process: 'a.1' },
    { at: '2026-01-02T00:00:00Z', to: 'closed', reason: 'back', process: 'a.1' },
  ]
  const text = async (...more: object[]) =>
    await shown({ breaker: { state: 'closed', history: [...history, ...more] } })
  assert.match(await text(), /closed \d+ d ago back open \d+ d ago away/)
  const other = { at: '2026-01-03T00:00:00Z', to: 'open', reason: 'gone', process: 'b.1' }
  assert.match(await text(other), /open \d+ d ago b\.1 : gone closed \d+ d ago a\.1 : back open \d+ d ago a\.1 : away/)
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

test('the health of the pipeline is what waits, for how long, and the breaker, whichever replica says it', async () => {
  const replica = (parts: Record<string, unknown>): PipelineProcess => ({
    name: 'image-processor',
    address: 'h:1',
    error: undefined,
    status: { ...status, parts },
  })
  const words = await text([
    replica({
      queue: { depth: 0, pending: { images: 0, oldestSeconds: 0 } },
      breaker: { state: 'closed', history: [] },
    }),
    replica({
      queue: { depth: 1234, pending: { images: 5678, oldestSeconds: 75 } },
      breaker: { state: 'open', nextPingAt: new Date(Date.now() + 9500).toISOString(), history: [] },
    }),
  ])
  assert.match(
    words,
    /photos pending 5,678 oldest waits 1 min 15 s messages queued 1,234 breaker open next ping in 9 s/,
  )
  assert.match(await text([]), /photos pending – oldest waits – messages queued – breaker –/)
  assert.match(await shown({ queue: { depth: null, pending: 'many' } }), /photos pending – oldest waits –/)
})

test('the last errors are those of processes and of photos, and an unknown part says so', async () => {
  const silent = { name: 'receiver', address: 'h:2', status: undefined, error: 'Nothing listens there.' }
  const photos = [{ id: '7', path: 'a/<b>.jpg', error: 'UNAVAILABLE: down', at: new Date(Date.now() - 5000) }]
  assert.match(
    await text([silent], { photos }),
    /Last errors receiver Nothing listens there\. &lt;b&gt;\.jpg 5 s ago UNAVAILABLE: down/,
  )
  assert.match(await text([], { photos: [] }), /Last errors None\./)
  assert.match(await text([], { photos: undefined }), /The database does not answer, so errors of photos are not known/)
})

test('a store without room is among the last errors, with how many uploads it cost', async () => {
  const full = {
    state: 'full',
    since: new Date(Date.now() - 5000).toISOString(),
    reason: 'The disk is full.',
    refused: 2,
  }
  assert.match(await shown({ uploads: full }), /Last errors p 5 s ago 2 uploads refused: The disk is full\./)
  assert.match(await shown({ uploads: { ...full, refused: 1 } }), /1 upload refused:/)
  assert.doesNotMatch(await shown({ uploads: { state: 'here' } }), /refused/)
})

test('where failures are told it is linked what they mean, or named where no address is known', async () => {
  const linked = String(await processList([], { photos: [], failuresUrl: 'https://example.org/failures' }))
  assert.match(linked, /<a href="https:\/\/example\.org\/failures">/)
  assert.match(await text([]), /docs\/failures\.md tells what happens/)
})
