import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { parseAllDocuments } from 'yaml'
import { startWatch, type Watch } from './support/watch.ts'

const KINDS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets', CronJob: 'cronjobs' }
const PLURALS = Object.values(KINDS)

/** `verb resource` of each rule of the Role in a file. */
async function verbsIn(file: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../k8s/${file}`, import.meta.url), 'utf8')
  const [role] = parseAllDocuments(text).map((document) => document.toJS())
  const { rules } = role as { rules: { resources: string[]; verbs: string[] }[] }
  return rules.flatMap(({ resources, verbs }) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`)))
}

const VERBS = [
  ...(await verbsIn('base/delivery/image-watcher/access.yaml')),
  ...(await verbsIn('components/watched-pods/access.yaml')),
  ...(await verbsIn('components/pull-secret/access.yaml')),
]

let cluster: FakeCluster
let registry: FakeRegistry
let watch: Watch
let asked: Set<string>

beforeEach(async () => {
  cluster = await FakeCluster.start()
  registry = await FakeRegistry.start({ user: { username: 'me', password: 'secret' } })
  asked = new Set()
})
afterEach(async () => {
  await watch[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/**
 * All that a watcher does, as far as these verbs let it: each kind once from a list and once from a watch, with the pull secret of a service
 * account; an undone StatefulSet whose pod is stuck; the Lease.
 */
async function start(allowed: readonly string[]): Promise<void> {
  cluster.allows = (verb, resource) => {
    asked.add(`${verb} ${resource}`)
    return allowed.includes(`${verb} ${resource}`)
  }
  const auths = { [registry.host]: { username: 'me', password: 'secret' } }
  cluster.addSecret('registry', { '.dockerconfigjson': JSON.stringify({ auths }) })
  cluster.addServiceAccount('default', ['registry'])
  const image = `${registry.host}/team/app`
  registry.push('team/app', 'latest', 'one')
  for (const kind of kinds()) cluster.add('app', { kind, image })

  const main = { phase: 'undone', image: `${image}:former`, at: '2026-01-01T00:00:00Z', why: '' }
  const annotations = { 'livepods.dev/state': JSON.stringify({ main }) }
  cluster.isGood = (name) => !name.endsWith(':broken')
  cluster.add('stuck', { kind: 'StatefulSet', image: `${image}:broken`, annotations })
  cluster.set('StatefulSet', 'stuck', main.image, 'livepods-image-watcher')

  watch = await startWatch(cluster, registry, { term: { termSeconds: 600, renewMs: 20 } })
  await eventually(() => {
    for (const one of PLURALS) assert.ok(asked.has(`${allowed.includes(`list ${one}`) ? 'watch' : 'list'} ${one}`))
  })
  for (const kind of kinds()) cluster.add('later', { kind, image })
}

const kinds = () => Object.keys(KINDS) as (keyof typeof KINDS)[]

/** What does not work, or not yet. */
function missing(): string[] {
  const isUp = (kind: string, name: string) => cluster.stateOf(kind, name)?.phase === 'done'
  // It counts changes.
  const renewals = cluster.find('Lease', 'image-watcher')?.metadata.generation ?? 0
  const rows: [what: string, works: boolean][] = [
    ...kinds().map((kind): [string, boolean] => [KINDS[kind], isUp(kind, 'app')]),
    ...kinds().map((kind): [string, boolean] => [`later ${KINDS[kind]}`, isUp(kind, 'later')]),
    ['events', cluster.events.length > 0],
    ['stuck pod', cluster.get('StatefulSet', 'stuck').status.readyReplicas === 1],
    ['lease', renewals > 0],
  ]
  return rows.filter(([, works]) => !works).map(([what]) => what)
}

const OF_KINDS = [...PLURALS, ...PLURALS.map((one) => `later ${one}`)]
const both = (plural: string) => [plural, `later ${plural}`]
const nothing = [...OF_KINDS, 'events', 'stuck pod', 'lease']

/** What does not work without a verb. */
const LOST: Record<string, string[]> = {
  ...Object.fromEntries(
    PLURALS.flatMap((one) => ['list', 'watch', 'patch'].map((verb) => [`${verb} ${one}`, both(one)])),
  ),
  'list statefulsets': [...both('statefulsets'), 'stuck pod'],
  // It is not waited for, so what it becomes need not be seen.
  'watch cronjobs': ['later cronjobs'],
  'create events': ['events'],
  'get serviceaccounts': OF_KINDS,
  'get secrets': OF_KINDS,
  'create leases': nothing,
  'get leases': nothing,
  'update leases': ['lease'],
  'list pods': ['stuck pod'],
  'delete pods': ['stuck pod'],
}

test('its Roles have the verbs that are needed, and no other', async () => {
  await start(VERBS)
  await eventually(() => assert.deepEqual(missing(), []))
  assert.deepEqual([...asked].sort(), [...VERBS].sort())
})

describe('without a verb something does not work:', () => {
  for (const verb of VERBS)
    test(verb, async () => {
      await start(VERBS.filter((one) => one !== verb))
      const lost = [...(LOST[verb] ?? [])].sort()
      await eventually(() => assert.deepEqual(missing().sort(), lost))
      assert.ok(asked.has(verb))
      watch.look()
      await eventually(() => assert.equal(watch.reconciler.isIdle, true))
      assert.deepEqual(missing().sort(), lost)
      assert.notEqual(lost.length, 0)
    })
})
