import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeImageId } from '@livepods/images'
import { Broker } from '@livepods/nsq'
import { Database } from '@livepods/sql'
import { eventually, TcpProxy } from '@livepods/testing'
import { Processor, type ProcessorOptions } from '../src/processor.ts'
import type { Recognition } from '../src/recognition.ts'
import { answerOf, facesServer } from './support/faces-server.ts'
import { log, stores, storesOf } from './support/images.ts'
import { identified } from './support/recognitions.ts'
import { startHere } from './support/running.ts'

// Values, which are sent when a statement is carried out; its text is sent before, to prepare it.
const CLAIMER = `.${process.pid}`

type Part = Awaited<ReturnType<typeof counted>>

/** Stores that count effects: every time that a photo becomes final is a row of `effects`. */
async function counted() {
  const part = await stores()
  await part.database.change('CREATE TABLE effects (id BIGINT UNSIGNED, outcome VARCHAR(16)) ENGINE=InnoDB')
  await part.database.change(
    `CREATE TRIGGER audit AFTER UPDATE ON images FOR EACH ROW INSERT INTO effects
       SELECT NEW.id, NEW.outcome FROM (SELECT 1) d
       WHERE NEW.outcome IS NOT NULL AND NEW.due_at IS NULL AND NOT (NEW.finished_at <=> OLD.finished_at)`,
  )
  const effects = async () => (await part.database.rows<{ outcome: string }>('SELECT outcome FROM effects')).length
  const people = async () =>
    (await part.database.rows<{ name: string }>('SELECT name FROM person')).map(({ name }) => name)
  return { ...part, effects, people, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}

/** A worker of its own on these stores. */
function worker(
  { photoStore, completion }: Pick<Part, 'photoStore' | 'completion'>,
  identify: (signal: AbortSignal) => Promise<Recognition>,
  options: Partial<ProcessorOptions> = {},
) {
  return new Processor({
    photoStore,
    completion,
    identify: (_, signal) => identify(signal),
    leaseMs: 30_000,
    backoff: { baseMs: 1000, maxMs: 300_000 },
    log,
    stopping: new AbortController().signal,
    drainMs: 0,
    ...options,
  })
}

async function throughDoor(part: Part) {
  const stack = new AsyncDisposableStack()
  const proxy = stack.use(await TcpProxy.open(part.options))
  const database = stack.use(new Database({ ...part.options, host: '127.0.0.1', port: proxy.port }))
  return { proxy, ...storesOf(database), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('race 1: of two consumers that get the same id at once, one claims and asks, the other finishes the message', async () => {
  await using part = await counted()
  const message = encodeImageId(await part.add('x.jpg'))
  let asked = 0
  const identify = async () => {
    asked += 1
    return identified('hannibal')
  }
  const workers = Array.from({ length: 6 }, () => worker(part, identify))
  await Promise.all(workers.map((one) => one.receive(message)))
  assert.deepEqual([asked, await part.effects()], [1, 1])
})

test('race 2: when a consumer dies after its claim, the lease ends, the redispatcher publishes again, and another completes', async () => {
  await using part = await counted()
  const id = await part.add('x.jpg')
  assert(await storesOf(part.database, { leaseMs: 300 }).photoStore.claim(id))
  await using broker = await Broker.start({ host: '127.0.0.1' })
  await using faces = await facesServer(async () => answerOf('hannibal'))
  await using _survivor = await startHere(part, broker, { GRPC_ADDRESS: faces.address })
  await eventually(async () => assert.equal((await part.row(id)).outcome, 'IDENTIFIED'))
  assert.deepEqual([(await part.row(id)).attempts, await part.effects()], [2, 1])
})

test('race 3: a consumer that was stopped beyond its lease wakes up to a photo that another finished, and writes nothing', async () => {
  await using part = await counted()
  const id = await part.add('x.jpg')
  const stopped = Promise.withResolvers<Recognition>()
  const called = Promise.withResolvers<void>()
  const sleeper = worker(storesOf(part.database, { leaseMs: 1 }), () => {
    called.resolve()
    return stopped.promise
  })
  const asleep = sleeper.receive(encodeImageId(id))
  await called.promise
  await eventually(async () => {
    await worker(part, async () => identified('hannibal')).receive(encodeImageId(id))
    assert.equal((await part.row(id)).outcome, 'IDENTIFIED')
  })
  stopped.resolve(identified('somebody', 'else'))
  await asleep
  assert.deepEqual([await part.effects(), await part.people()], [1, ['hannibal']])
  assert.equal((await part.database.rows('SELECT id FROM faces')).length, 1)
})

test('race 4: when the answer to the COMMIT is lost, the outcome is known all the same, and a redelivery finishes its message', async () => {
  await using part = await counted()
  await using unsure = await throughDoor(part)
  const id = await part.add('x.jpg')
  let asked = 0
  const identify = async () => {
    asked += 1
    unsure.proxy.loseNextAnswerTo('COMMIT')
    return identified('hannibal')
  }
  const outcomes: (string | undefined)[] = []
  const completion = {
    complete: async (...args: Parameters<typeof unsure.completion.complete>) => {
      const outcome = await unsure.completion.complete(...args)
      outcomes.push(outcome)
      return outcome
    },
  }
  const unlucky = worker(unsure, identify, { completion })
  await unlucky.receive(encodeImageId(id))
  assert(unsure.proxy.lost)
  assert.deepEqual(outcomes, ['IDENTIFIED'])
  await unlucky.receive(encodeImageId(id))
  assert.deepEqual([asked, await part.effects(), (await part.row(id)).attempts], [1, 1, 1])
  assert.equal((await part.database.rows('SELECT id FROM faces')).length, 1)
})

test('a claim whose answer was lost is read back by its token: it costs neither a lease nor an attempt', async () => {
  await using part = await counted()
  await using unsure = await throughDoor(part)
  const id = await part.add('x.jpg')
  unsure.proxy.loseNextAnswerTo(CLAIMER)
  await worker(unsure, async () => identified('hannibal')).receive(encodeImageId(id))
  assert(unsure.proxy.lost)
  assert.deepEqual(
    [(await part.row(id)).outcome, (await part.row(id)).attempts, await part.effects()],
    ['IDENTIFIED', 1, 1],
  )
})

test('a claim whose answer was lost with the database is taken over when its lease ends', async () => {
  await using part = await counted()
  await using unsure = await throughDoor(part)
  const id = await part.add('x.jpg')
  unsure.proxy.loseNextAnswerTo(CLAIMER, { andCloses: true })
  await using database = new Database({ ...part.options, host: '127.0.0.1', port: unsure.proxy.port })
  const claimer = worker(storesOf(database, { leaseMs: 300 }), async () => identified('nobody'))
  const receiving = assert.rejects(claimer.receive(encodeImageId(id)), { name: 'RequeueError' })
  await receiving
  assert.equal((await part.row(id)).status, 3)
  await eventually(async () => {
    await worker(part, async () => identified('hannibal')).receive(encodeImageId(id))
    assert.equal((await part.row(id)).outcome, 'IDENTIFIED')
  })
  assert.deepEqual([(await part.row(id)).attempts, await part.effects()], [2, 1])
})

test('a fault whose answer was lost is written once: the photo is due again and spent one attempt', async () => {
  await using part = await counted()
  await using unsure = await throughDoor(part)
  const id = await part.add('x.jpg')
  unsure.proxy.loseNextAnswerTo('UNAVAILABLE')
  await worker(unsure, async () => Promise.reject(new Error('UNAVAILABLE'))).receive(encodeImageId(id))
  assert(unsure.proxy.lost)
  const row = await part.row(id)
  assert.deepEqual([row.status, row.attempts, row.last_error, row.token], [0, 1, 'UNAVAILABLE', null])
})
