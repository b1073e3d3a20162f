import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import { Broker } from '@livepods/nsq'
import { eventually, freshDatabase } from '@livepods/testing'
import { start, urlOf } from './support/running.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())

interface Answer {
  status: number | undefined
  connection: string | undefined
}

/** A post over a connection of `agent`; rejects when the connection ends without an answer. */
function postOver(agent: Agent, url: string, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const headers = { 'content-type': 'application/json' }
  const posting = request(`${url}/v1/images`, { method: 'POST', agent, headers }, (response) => {
    response.resume().once('end', () => {
      resolve({ status: response.statusCode, connection: response.headers.connection })
    })
  })
  posting.once('error', reject).end(JSON.stringify({ path }))
  return promise
}

test('a stopping receiver first reports that it is not ready, still serves, closes keep-alive connections, and loses nothing', async () => {
  await using broker = await Broker.start()
  await using service = await start(fresh, broker, { DRAIN_SECONDS: '2' })
  await service.ready()
  const url = await urlOf(service)
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const answers: Answer[] = []
  let posted = 0
  let refused = false
  // As a client behind a load balancer: it goes elsewhere when the port refuses, and never loses what it has sent.
  const client = async () => {
    while (!refused) {
      try {
        answers.push(await postOver(agent, url, `drained-${posted++}.jpg`))
      } catch (error) {
        // Reset: the connection was made with the system, and the receiver never knew of it.
        assert.match(String((error as { code?: string }).code), /^ECONN(REFUSED|RESET)$/)
        refused = true
      }
    }
  }
  const clients = Promise.all([client(), client(), client(), client()])
  await eventually(() => assert.ok(answers.length > 8))
  const exit = service.stop()
  await eventually(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 503))
  const until = answers.length
  await eventually(() => assert.ok(answers.length > until + 4))
  await clients
  assert.equal(await exit, 0)
  assert.ok(answers.every(({ status }) => status === 202))
  assert.ok(answers.slice(until + 4).every(({ connection }) => connection === 'close'))
  // What was accepted was answered, and the other way round.
  const [row] = await fresh.database.rows<{ n: string }>('SELECT COUNT(*) AS n FROM images')
  assert.equal(Number(row?.n), answers.length)
  assert.equal(broker.stats().topics[0]?.message_count, answers.length)
})
