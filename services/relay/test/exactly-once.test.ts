import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessagesClient } from '@livepods/messages'
import { eventually, freshDatabase } from '@livepods/testing'
import { spawnSink, takenBy } from './support/real-sink.ts'
import { folder, type SpawnedRelay, spawnRelay, waitingOf } from './support/relay.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())

const BATCH = 20

/** Sends batches of a stream until `isOver`, each until it is answered, and resolves with how many messages that were. */
async function sendNumbered(stream: string, urlOf: () => string, isOver: () => boolean): Promise<number> {
  let sent = 0
  while (!isOver()) {
    const messages = Array.from({ length: BATCH }, (_, index) => {
      const seq = sent + index + 1
      return { stream, seq, content: `${stream} ${seq}` }
    })
    for (let isAnswered = false; !isAnswered; ) {
      using client = new MessagesClient({ url: urlOf() })
      const results = await client.send(messages).catch(() => undefined)
      isAnswered = results?.every(({ result }) => result === 'taken') ?? false
      if (isAnswered) break
      // The test has failed, and the relays are gone.
      if (isOver()) return sent
      // The relay is being started again.
      await sleep(20)
    }
    sent += BATCH
  }
  return sent
}

/** Sends one message after the other until `isOver`; resolves with the bodies of those that were answered. */
async function sendUnnumbered(caller: string, urlOf: () => string, isOver: () => boolean): Promise<string[]> {
  const answered: string[] = []
  for (let index = 1; !isOver(); index++) {
    const body = `${caller} ${index}`
    const headers = { 'content-type': 'text/plain' }
    const response = await fetch(`${urlOf()}/v1/messages`, { method: 'POST', headers, body }).catch(() => undefined)
    if (response?.status === 202) answered.push(body)
    else await sleep(20)
    await response?.text().catch(() => '')
  }
  return answered
}

test('killed at any moment under load, while the sink comes and goes, each message that was answered arrives once, in order', async () => {
  await using path = await folder()
  let sink = await spawnSink(fresh)
  const { port } = new URL(sink.url)
  let relay: SpawnedRelay | undefined
  let isOver = false
  try {
    relay = await spawnRelay(path.path, sink.url)
    let { url } = relay
    const streams = Array.from({ length: 4 }, (_, index) => `kill-${index}~1`)
    const callers = Array.from({ length: 16 }, (_, index) => `caller-${index}`)
    const numbered = streams.map((stream) =>
      sendNumbered(
        stream,
        () => url,
        () => isOver,
      ),
    )
    const unnumbered = callers.map((caller) =>
      sendUnnumbered(
        caller,
        () => url,
        () => isOver,
      ),
    )
    const kill = async () => {
      await relay?.stop('SIGKILL')
      relay = await spawnRelay(path.path, sink.url)
      ;({ url } = relay)
    }
    const delivered = async () => (await takenBy(fresh)).get('kill-0~1')?.length ?? 0
    for (let round = 0; round < 4; round++) {
      const before = await delivered()
      await eventually(async () => assert.ok((await delivered()) > before))
      await kill()
    }
    await sink[Symbol.asyncDispose]()
    await kill()
    await eventually(async () => {
      const waiting = await waitingOf(url)
      assert.deepEqual([waiting.sink.state, waiting.messages > 100], ['down', true])
    })
    sink = await spawnSink(fresh, port)
    isOver = true
    const counts = await Promise.all(numbered)
    const answered = await Promise.all(unnumbered)
    await eventually(async () => {
      const { messages, parked } = await waitingOf(url)
      assert.deepEqual([messages, parked.streams], [0, 0])
    })
    const taken = await takenBy(fresh)
    for (const [index, stream] of streams.entries())
      assert.deepEqual(
        taken.get(stream),
        Array.from({ length: counts[index] ?? 0 }, (_, at) => `${stream} ${at + 1}`),
      )
    const own = [...taken].filter(([name]) => name.startsWith('relay~')).flatMap(([, bodies]) => bodies)
    assert.equal(new Set(own).size, own.length)
    for (const [index, caller] of callers.entries()) {
      const bodies = own.filter((body) => body.startsWith(`${caller} `))
      const order = bodies.map((body) => Number(body.split(' ')[1]))
      assert.deepEqual(
        order,
        order.toSorted((one, other) => one - other),
      )
      const there = new Set(bodies)
      assert.deepEqual(
        answered[index]?.filter((body) => !there.has(body)),
        [],
      )
    }
  } finally {
    isOver = true
    await relay?.[Symbol.asyncDispose]()
    await sink[Symbol.asyncDispose]()
  }
})

test('through two relays at once, one of which dies, a stream keeps its order', async () => {
  await using one = await folder()
  await using other = await folder()
  await using sink = await spawnSink(fresh)
  const paths = [one.path, other.path]
  const relays = await Promise.all(paths.map((path) => spawnRelay(path, sink.url)))
  let isOver = false
  try {
    const urls = relays.map(({ url }) => url)
    let turn = 0
    const streams = Array.from({ length: 4 }, (_, index) => `two-${index}~1`)
    // Every batch goes to the other relay than the one before it.
    const senders = streams.map((stream) =>
      sendNumbered(
        stream,
        () => urls[turn++ % 2] ?? '',
        () => isOver,
      ),
    )
    const reached = (count: number) =>
      eventually(async () => assert.ok(((await takenBy(fresh)).get('two-0~1')?.length ?? 0) >= count))
    await reached(5 * BATCH)
    await relays[0]?.stop('SIGKILL')
    relays[0] = await spawnRelay(paths[0] ?? '', sink.url)
    urls[0] = relays[0].url
    await reached(10 * BATCH)
    isOver = true
    const counts = await Promise.all(senders)
    await eventually(async () => {
      const taken = await takenBy(fresh)
      assert.deepEqual(
        streams.map((stream) => taken.get(stream)?.length),
        counts,
      )
    })
    const taken = await takenBy(fresh)
    for (const stream of streams)
      assert.ok(taken.get(stream)?.every((body, index) => body === `${stream} ${index + 1}`))
  } finally {
    isOver = true
    for (const relay of relays) await relay[Symbol.asyncDispose]()
  }
})

test('what a database that came back from a backup lacks comes again, in order', async () => {
  await using path = await folder()
  await using sink = await spawnSink(fresh)
  await using relay = await spawnRelay(path.path, sink.url)
  const stream = 'restored~1'
  const send = async (from: number, to: number) => {
    using client = new MessagesClient({ url: relay.url })
    await client.send(
      Array.from({ length: to - from + 1 }, (_, index) => ({ stream, seq: from + index, content: `${from + index}` })),
    )
  }
  const takenAre = (count: number) =>
    eventually(async () =>
      assert.deepEqual(
        (await takenBy(fresh)).get(stream),
        Array.from({ length: count }, (_, index) => `${index + 1}`),
      ),
    )
  await send(1, 30)
  await takenAre(30)
  const [row] = await fresh.database.rows<{ id: string }>('SELECT id FROM message_streams WHERE name = ?', [stream])
  const id = row?.id ?? ''
  await fresh.database.change('DELETE FROM messages WHERE stream_id = ? AND seq > 10', [id])
  await fresh.database.change('UPDATE message_streams SET high = 10 WHERE id = ?', [id])
  await send(31, 33)
  await takenAre(33)
})
