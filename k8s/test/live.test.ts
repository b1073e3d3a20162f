import assert from 'node:assert/strict'
import { test } from 'node:test'
import { variablesOf } from '../src/environment.ts'
import { ofKind, type Workload } from '../src/manifest.ts'
import { render, renderer } from '../src/render.ts'
import { suiteOf } from '../src/rule.ts'

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'
const { manifests, workloads } = suiteOf(renderer ? await render(new URL('../base/', import.meta.url)) : [])
const named = (name: string) => workloads.find((workload) => workload.name === name) as Workload

test('colorbar waits for nobody, and sends to a port that a Service has and its pods listen on', { skip }, () => {
  const { template, containers } = named('colorbar')
  assert.deepEqual(template.spec?.initContainers ?? [], [])
  const [container = assert.fail()] = containers
  const urls = Object.values(variablesOf(container, manifests)).filter((value) => value.startsWith('rtmp://'))
  assert.equal(urls.length, 1)
  const { hostname, port } = new URL(urls[0] as string)
  interface Service {
    spec: { ports: { port: number; targetPort: string }[] }
  }
  const service = ofKind<Service>(manifests, 'Service').find(({ metadata }) => metadata.name === hostname)
  const opened = service?.spec.ports.find((one) => one.port === Number(port))
  const listened = named(hostname).containers.flatMap(({ ports = [] }) => ports)
  assert.ok(opened)
  assert.equal(listened.find(({ name }) => name === opened.targetPort)?.containerPort, 1935)
})
