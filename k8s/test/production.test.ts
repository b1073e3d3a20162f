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
  const rules = ofKind<Ingress>(manifests, 'Ingress').flatMap(({ spec }) => spec.rules)
  const live = rules.find(({ http }) => http.paths[0]?.backend.service.name === 'media-server')
  const frontend = workloadsOf(manifests).find(({ name }) => name === 'frontend')
  const { NAVIGATION } = variablesOf(frontend?.running[0] as Workload['running'][number], manifests)
  assert.equal(NAVIGATION, `Live=https://${live?.host}`)
})

test('players ask for HLS and HTTP-FLV under names of their own, over TLS, and nothing is held back', {
  skip,
}, async () => {
  const manifests = await render(new URL('overlays/production/', root))
  const ingress = ofKind<Ingress>(manifests, 'Ingress').find(({ metadata }) => metadata.name === 'live')
  const { rules = [], tls = [] } = ingress?.spec ?? {}
  const hosts = rules.map(({ host }) => host)
  for (const name of ['hls', 'httpflv']) assert.ok(hosts.includes(`${name}.livepods.example`), name)
  for (const { http } of rules) assert.equal(http.paths[0]?.backend.service.name, 'media-server')
  assert.deepEqual(
    tls.flatMap((one) => one.hosts),
    hosts,
  )
  assert.equal(ingress?.metadata.annotations?.['nginx.ingress.kubernetes.io/proxy-buffering'], 'off')
})

test('encoders come by an address of their own, to a replica on the node that they reach, and are seen', {
  skip,
}, async () => {
  const services = ofKind<Service>(await render(new URL('base/', root)), 'Service')
  const rtmp = services.find(({ metadata }) => metadata.name === 'rtmp')?.spec
  assert.equal(rtmp?.type, 'LoadBalancer')
  assert.equal(rtmp?.externalTrafficPolicy, 'Local')
  assert.equal(rtmp?.ports[0]?.port, 1935)
})

test('a media server that hangs is gone within seconds, and its time to drain is not waited for', {
  skip,
}, async () => {
  const workloads = workloadsOf(await render(new URL('base/', root)))
  const probe = workloads.find(({ name }) => name === 'media-server')?.running[0]?.livenessProbe
  const { periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3, terminationGracePeriodSeconds } = probe ?? {}
  assert.ok(failureThreshold * (periodSeconds + timeoutSeconds) <= 9)
  assert.equal(terminationGracePeriodSeconds, 2)
})

interface Ingress {
  spec: { rules: { host: string; http: { paths: Path[] } }[]; tls: { hosts: string[] }[] }
}
interface Path {
  backend: { service: { name: string } }
}
interface Service {
  spec: { type?: string; externalTrafficPolicy?: string; ports: { port: number }[] }
}
