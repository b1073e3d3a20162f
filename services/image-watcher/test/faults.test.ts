import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { startWatch, type Watch } from './support/watch.ts'

/** Half an hour are some 20 000. */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 60)
/** After so many rounds a tag moves, as tags do. */
const PUSH_EVERY = 6
const DAY_MS = 86_400_000
const KINDS = { app: 'Deployment', set: 'StatefulSet', daemon: 'DaemonSet' } as const
const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[]
const INDEX = 'application/vnd.oci.image.index.v1+json'

const realNow = Date.now
let cluster: FakeCluster
let registry: FakeRegistry
let replicas: Watch[]

beforeEach(async () => {
  cluster = await FakeCluster.start()
  registry = await FakeRegistry.start()
  replicas = []
})
afterEach(async () => {
  setClock(0)
  for (const one of replicas) await one[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** The clock of this machine jumps, and that of the API server does not. */
function setClock(shiftMs: number): void {
  Date.now = () => realNow() + shiftMs
  cluster.clockOffsetMs = -shiftMs
}

const startReplica = async () =>
  await startWatch(cluster, registry, { holder: `${Math.random()}`, term: { termSeconds: 1, renewMs: 30 } })
const image = (name: string) => cluster.imageOf(KINDS[name as keyof typeof KINDS] ?? 'Deployment', name)

/** Resolves when both replicas have asked the registry, and have nothing left to do. */
async function looked(): Promise<void> {
  for (const one of replicas) {
    const before = registry.requests.length
    one.look()
    await eventually(() => assert.ok(registry.requests.length > before))
  }
  await eventually(() => assert.ok(replicas.every(({ reconciler }) => reconciler.isIdle)))
}

/** What is told of a tag, instead of what is so. */
const answers = (status: number, headers: Record<string, string> = {}, body = '') => {
  registry.fault = ({ method }, response) => {
    response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body)
    return true
  }
}

const FAULTS: Record<string, () => Promise<void> | void> = {
  'the registry fails': () => answers(500),
  'the registry wants fewer requests': () => answers(429, { 'retry-after': '0' }),
  'the registry is overloaded': () => answers(503, { 'retry-after': '0' }),
  'the tags are gone': () => answers(404),
  'a proxy answers with a page': () => answers(200, { 'content-type': 'text/html' }, '<html>'),
  'a wrong digest is told': () =>
    answers(200, { 'content-type': INDEX, 'docker-content-digest': `sha256:${'0'.repeat(64)}` }, '{}'),
  'the connections are cut': () => {
    registry.fault = ({ socket }) => {
      socket.destroy()
      return true
    }
  },
  'the clock is a day ahead': () => setClock(DAY_MS),
  'the clock is a day behind': () => setClock(-DAY_MS),
  'the watches are cut': () => cluster.endWatches({ cut: true }),
  'the versions are forgotten': () => {
    cluster.compact()
    cluster.endWatches()
  },
  'the API server fails': () => {
    cluster.fault = (_, response) => {
      response.writeHead(500).end('{}')
      return true
    }
  },
  'the leader stops': async () => {
    const leader = await eventually(() => {
      const found = replicas.findIndex(({ lease }) => lease.isHeld)
      assert.notEqual(found, -1)
      return found
    })
    await replicas[leader]?.[Symbol.asyncDispose]()
    replicas[leader] = await startReplica()
  },
  'the leader cannot renew its lease': async () => {
    cluster.allows = (_, resource) => resource !== 'leases'
    await eventually(() => assert.ok(replicas.every(({ lease }) => !lease.isHeld)))
  },
}

function heal(): void {
  registry.fault = () => false
  cluster.fault = () => false
  cluster.allows = () => true
  setClock(0)
}

test('two replicas, lease changes, and faults of registry, API server and clock: what rolls out is what was pushed, each once', async (t) => {
  const push = (content: string) => registry.push('team/app', 'latest', content)
  let digest = push('0')
  const reference = `${registry.host}/team/app:latest`
  for (const name of NAMES) cluster.add(name, { kind: KINDS[name], image: reference })
  cluster.add('cooling', { image: reference, annotations: { 'livepods.dev/cool-down': '12h' } })
  replicas = [await startReplica(), await startReplica()]
  const isRolledOut = (pushes: number) =>
    eventually(async () => {
      await looked()
      for (const name of NAMES) {
        assert.equal(image(name), `${reference}@${digest}`)
        assert.equal(cluster.stateOf(KINDS[name], name)?.phase, 'done')
        assert.equal(cluster.patches(name), pushes)
      }
    })
  await isRolledOut(1)
  let pushes = 1
  const seen = new Set<string>()
  for (let round = 1; round <= ROUNDS; round++) {
    const names = Object.keys(FAULTS)
    // All of them, then in any order.
    const name = names[round <= names.length ? round - 1 : Math.floor(Math.random() * names.length)] as string
    seen.add(name)
    await FAULTS[name]?.()
    await looked()
    for (const one of NAMES) assert.equal(image(one), `${reference}@${digest}`, `round ${round}: ${name}`)
    heal()
    if (round % PUSH_EVERY === 0) {
      digest = push(`${round}`)
      await isRolledOut(++pushes)
    }
    assert.equal(cluster.patches('cooling'), 0, `round ${round}: ${name}`)
    for (const one of NAMES) assert.equal(cluster.patches(one), pushes, `round ${round}: ${name}`)
  }
  assert.equal(seen.size, Math.min(ROUNDS, Object.keys(FAULTS).length))
  t.diagnostic(`${ROUNDS} faults, ${pushes} pushes`)
})
