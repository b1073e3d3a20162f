import type { Declared } from '@livepods/system'
import { variablesOf } from './environment.ts'
import { type Manifest, ofKind, selectedBy, type Workload } from './manifest.ts'
import { programOf } from './program.ts'
import type { Suite } from './rule.ts'

type Address = [host: string, port: number]

type Reading = (value: string, variables: Record<string, string>) => Address[]

/** How variables are read that lead to what all programs use. */
const SHARED: Record<string, Reading> = {
  MYSQL_CONNECTION: (host, { MYSQL_PORT = '3306' }) => [[host, Number(MYSQL_PORT)]],
  NSQ_LOOKUP_ADDRESS: (value) => value.split(',').map(hostAndPort),
  // They publish over HTTP, one port above.
  PRODUCER_ADDRESS: (value) => [hostAndPort(value)].map(([host, port]) => [host, port + 1]),
  // URLs of http and https stand in that file.
  BOINC_PROJECTS_FILE: () => [
    ['projects', 80],
    ['projects', 443],
  ],
}

/** host:port, dns:///host:port, http://host:port, or several with their names: name=http://host:port,… */
const addressesIn: Reading = (value) =>
  value
    .split(',')
    .map((one) => one.slice(one.indexOf('=') + 1).replace(/^dns:\/\/\//, ''))
    .map((one) => (one.includes('://') ? urlAddress(one) : hostAndPort(one)))

/**
 * The calls that the workloads make, as "caller → workload:port", from what they are configured with; whoever is not among the
 * manifests is "elsewhere".
 */
export function callsOf(suite: Suite, declared: readonly Declared[]): Set<string> {
  const { manifests, workloads } = suite
  return new Set([
    ...workloads.flatMap((workload) =>
      workload.containers
        .flatMap((container) => calledBy(container, workload, { ...suite, declared }))
        .filter(([host]) => host !== 'localhost')
        .map((address) => `${workload.name} → ${targetOf(address, suite)}`),
    ),
    ...scrapes(manifests, workloads),
    ...depthQueries(suite),
  ])
}

type Container = Workload['containers'][number]

function calledBy(
  container: Container,
  workload: Workload,
  { declared, ...suite }: Suite & { declared: readonly Declared[] },
): Address[] {
  const { args = [] } = container
  const variables = variablesOf(container, suite.manifests)
  const calls = programOf(container, declared)?.calls ?? {}
  const addresses = Object.entries(calls)
    .filter(([name, target]) => target !== 'nobody' && target !== 'pages' && variables[name])
    .flatMap(([name]) => (SHARED[name] ?? addressesIn)(variables[name] as string, variables))
  // Consumers are told by nsqlookupd where the queues are, and go to both ports of each.
  if ('NSQ_LOOKUP_ADDRESS' in calls) addresses.push(...queues(suite))
  for (const argument of args) {
    const [, address] = /^--lookupd-tcp-address=(.+)$/.exec(argument) ?? []
    if (address) addresses.push(hostAndPort(address))
  }
  // Scripts have no declaration; those that log in do so where the services do.
  if (!programOf(container, declared) && variables.MYSQL_CONNECTION)
    addresses.push(...(SHARED.MYSQL_CONNECTION as Reading)(variables.MYSQL_CONNECTION, variables))
  if (workload.template.spec?.automountServiceAccountToken) addresses.push(['kubernetes', 443], ['kubernetes', 6443])
  return addresses
}

function queues({ manifests, workloads }: Suite): Address[] {
  const service = ofKind<Service>(manifests, 'Service').find(({ metadata }) => metadata.name === 'nsqd')
  return selectedBy(service?.spec.selector, workloads).length > 0
    ? (service?.spec.ports ?? []).map(({ port }) => ['nsqd', port])
    : []
}

interface Service {
  spec: { selector?: Record<string, string>; ports: { name: string; port: number; targetPort?: unknown }[] }
}

function targetOf([host, port]: Address, { manifests, workloads }: Suite): string {
  const service = ofKind<Service>(manifests, 'Service').find(({ metadata }) => metadata.name === host)
  const [workload] = selectedBy(service?.spec.selector, workloads)
  const targetPort = service?.spec.ports.find((other) => other.port === port)?.targetPort
  const open = workload?.running.flatMap(({ ports = [] }) => ports).find(({ name }) => name === targetPort)
  return workload && open ? `${workload.name}:${open.containerPort}` : `elsewhere:${port}`
}

interface ServiceMonitor {
  spec: { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] }
}

/** Prometheus asks every pod behind the Services that a ServiceMonitor chooses. */
function scrapes(manifests: Manifest[], workloads: Workload[]): string[] {
  return ofKind<ServiceMonitor>(manifests, 'ServiceMonitor').flatMap(({ spec: { selector, endpoints } }) =>
    ofKind<Service>(manifests, 'Service')
      .filter(({ metadata: { labels = {} } }) =>
        Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value),
      )
      .flatMap(({ spec }) => selectedBy(spec.selector, workloads))
      .flatMap(({ name, running }) =>
        running
          .flatMap(({ ports = [] }) => ports)
          .filter((open) => endpoints.some(({ port }) => port === open.name))
          .map(({ containerPort }) => `namespace monitoring → ${name}:${containerPort}`),
      ),
  )
}

interface ScaledObject {
  spec: { triggers: { type: string; metadata: Record<string, string> }[] }
}

/** KEDA asks nsqlookupd for the queues, and each of them for its depth. */
function depthQueries(suite: Suite): string[] {
  return ofKind<ScaledObject>(suite.manifests, 'ScaledObject')
    .flatMap(({ spec }) => spec.triggers)
    .flatMap(({ metadata: { nsqLookupdHTTPAddresses = '' } }) => [
      hostAndPort(nsqLookupdHTTPAddresses.replace('.livepods:', ':')),
      ...queues(suite).filter(([, port]) => port === 4151),
    ])
    .map((address) => `namespace keda → ${targetOf(address, suite)}`)
}

function hostAndPort(value: string): Address {
  const colon = value.lastIndexOf(':')
  return [value.slice(0, colon), Number(value.slice(colon + 1))]
}

function urlAddress(value: string): Address {
  const { hostname, port, protocol } = new URL(value)
  return [hostname, Number(port || (protocol === 'https:' ? 443 : 80))]
}
