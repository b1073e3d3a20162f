import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { Hosts } from '../src/registry/hosts.ts'
import { startWatch } from './support/watch.ts'

const WORKLOADS = 1000
const REPOSITORIES = 50

test('1000 workloads of 50 repositories at 5 registries: 50 HEADs an interval, 50 tokens in all, and every one rolls out', async (t) => {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await FakeCluster.start())
  const registries = await Promise.all([1, 2, 3, 4, 5].map(() => FakeRegistry.start({ anonymousTokens: true })))
  for (const one of registries) stack.use(one)
  const endpoints = registries.map(({ host, url }) => [host, { url: new URL(url), allow: [] as string[] }] as const)
  const homes = Array.from({ length: REPOSITORIES }, (_, index) => ({
    registry: registries[index % 5] as FakeRegistry,
    repository: `team/app-${index}`,
  }))
  const push = (content: string) => {
    for (const { registry, repository } of homes) registry.push(repository, 'latest', content)
  }
  push('one')
  for (let index = 0; index < WORKLOADS; index++) {
    const { registry, repository } = homes[index % REPOSITORIES] as (typeof homes)[number]
    cluster.add(`app-${index}`, { image: `${registry.host}/${repository}:latest` })
  }
  const watch = stack.use(
    await startWatch(cluster, registries[0] as FakeRegistry, {
      hosts: new Hosts(new Map(endpoints)),
      rolloutsAtOnce: WORKLOADS,
    }),
  )
  const count = (pattern: RegExp, method?: string) =>
    registries.reduce((sum, one) => sum + one.asked(pattern, method), 0)
  /** Without those that were answered with a challenge. */
  const heads = () =>
    registries
      .flatMap(({ requests }) => requests)
      .filter(({ method, authorization }) => method === 'HEAD' && authorization !== undefined).length
  let up = 0
  watch.history.listen(({ what }) => {
    if (what === 'done') up++
  })
  const settled = async (rolled: number) =>
    await eventually(() => assert.deepEqual([watch.reconciler.isIdle, up], [true, rolled]))
  await settled(WORKLOADS)
  assert.equal(heads(), REPOSITORIES)
  push('two')
  const before = process.cpuUsage()
  watch.look()
  await settled(2 * WORKLOADS)
  assert.equal(heads(), 2 * REPOSITORIES)
  const idle = process.cpuUsage()
  watch.look()
  await eventually(() => assert.equal(heads(), 3 * REPOSITORIES))
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
  assert.equal(count(/^\/token/), REPOSITORIES)
  assert.equal(
    cluster.requests.filter(({ method, url }) => method === 'PATCH' && url.includes('/app-')).length >= 2 * WORKLOADS,
    true,
  )
  const seconds = ({ user, system }: NodeJS.CpuUsage) => ((user + system) / 1e6).toFixed(2)
  t.diagnostic(
    `CPU of 1000 rollouts ${seconds(process.cpuUsage(before))} s, of an idle look ${seconds(process.cpuUsage(idle))} s, with the fakes`,
  )
})
