import assert from 'node:assert/strict'
import { test } from 'node:test'
import { variablesOf } from '../src/environment.ts'
import { ofKind, type Workload, workloadsOf } from '../src/manifest.ts'
import { render, renderer, root } from '../src/render.ts'

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'

test('the production overlay has its own addresses, not those of the component external-data', { skip }, async () => {
  const manifests = await render(new URL('overlays/production/', root))
  const maps = ofKind<{ data?: Record<string, string> }>(manifests, 'ConfigMap').map(({ data }) => data)
  const { MYSQL_CONNECTION, MYSQL_TLS, S3_ENDPOINT } = Object.assign({}, ...maps) as Record<string, string>
  assert.deepEqual(
    [MYSQL_CONNECTION, MYSQL_TLS, S3_ENDPOINT],
    ['mysql.example.com', 'verify', 'https://s3.example.com'],
  )
})

test('the production overlay leads people to live video under the name that its ingress has for it', {
  skip,
}, async () => {
  const manifests = await render(new URL('overlays/production/', root))
  const [ingress] = ofKind<{ spec: { rules: { host: string; http: { paths: Path[] } }[] } }>(manifests, 'Ingress')
  const live = ingress?.spec.rules.find(({ http }) => http.paths[0]?.backend.service.name === 'media-server')
  const frontend = workloadsOf(manifests).find(({ name }) => name === 'frontend')
  const { NAVIGATION } = variablesOf(frontend?.running[0] as Workload['running'][number], manifests)
  assert.equal(NAVIGATION, `Live=https://${live?.host}`)
})

interface Path {
  backend: { service: { name: string } }
}
