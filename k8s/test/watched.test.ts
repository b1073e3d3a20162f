import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compose } from '../src/compositions.ts'
import { renderer } from '../src/render.ts'

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'
const WATCHED = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']

test('the component watched has image-watcher follow all services, and neither the database nor anything else', {
  skip,
}, async () => {
  const manifests = await compose('base', ['watched'])
  const watches = manifests.filter(({ metadata }) => metadata.annotations?.['livepods.dev/watch'] === 'true')
  const services = manifests.filter(
    ({ kind, metadata }) => WATCHED.includes(kind) && metadata.labels?.['app.kubernetes.io/component'] !== 'data',
  )
  const names = (list: typeof manifests) => list.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()
  assert.deepEqual(names(watches), names(services))
  assert.ok(names(services).includes('Deployment image-watcher'))
  assert.ok(!names(services).includes('StatefulSet mysql'))
})
