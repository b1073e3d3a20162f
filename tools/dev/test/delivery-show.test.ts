import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { DeliveryShow } from '../src/delivery-show.ts'
import { startDevelopment } from './support/development.ts'

const directory = await mkdtemp(join(tmpdir(), 'livepods-dev-'))
after(() => rm(directory, { recursive: true, force: true }))

test('without a cluster --with delivery plays one, where things are rolled out, and wait', async () => {
  const run = startDevelopment(directory, '--only', 'delivery', '--fresh')
  await run.says(/a cluster and a registry that only play/)
  const [, page] = await run.says(/delivery +(http:\S+)/)
  await eventually(async () => {
    const { changes } = (await (await fetch(`${page}/v1/history`)).json()) as {
      changes: { workload: string; what: string }[]
    }
    const told = changes.map(({ workload, what }) => `${workload} ${what}`)
    for (const one of ['web done', 'payments waiting', 'catalog seen'])
      assert.ok(told.includes(`default/deployment/${one}`), `${told}`)
  })
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
})

test('of what it pushes some comes up after a while, and some does not', async () => {
  await using show = await DeliveryShow.start({ everyMs: 5, upAfterMs: 1 })
  const { KUBERNETES_URL, REGISTRY_HOSTS_FILE } = show.environment
  const [registry] = Object.keys(JSON.parse(await readFile(`${REGISTRY_HOSTS_FILE}`, 'utf8')))
  const cart = `${KUBERNETES_URL}/apis/apps/v1/namespaces/default/deployments/cart`
  const accept = 'application/vnd.oci.image.index.v1+json'
  const outcomes = new Set<string>()
  await eventually(async () => {
    const { headers } = await fetch(`http://${registry}/v2/shop/cart/manifests/latest`, { headers: { accept } })
    const image = `cart@${headers.get('docker-content-digest')}`
    const spec = { template: { spec: { containers: [{ name: 'main', image }] } } }
    await fetch(cart, { method: 'PATCH', body: JSON.stringify({ spec }) })
    const { status } = (await (await fetch(cart)).json()) as { status: { conditions: { reason: string }[] } }
    for (const { reason } of status.conditions) outcomes.add(reason)
    assert.deepEqual([...outcomes].sort(), ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'ReplicaSetUpdated'])
  })
})
