import { type Declared, servicesIn } from '@livepods/system'

/** Queries that say of every pod of the namespace whether it is ready, or of those whose names match. */
const READY = /kube_pod_status_ready\{namespace="livepods"(?:,[a-z]+="[a-z]+")*(?:,pod=~"([^"]+)")?\}/g

/** Services of which nobody would hear that they are not ready: of the queries of alerts, or of a dashboard. */
export function monitoringFaults(file: string, queries: string, declared: readonly Declared[]): string[] {
  const patterns = [...queries.replaceAll('\\"', '"').matchAll(READY)].map(
    ([, pods = '.*']) => new RegExp(`^(${pods})$`),
  )
  return servicesIn(declared)
    .filter(({ name }) => !patterns.some((pattern) => pattern.test(`${name}-0`)))
    .map(({ name }) => `${file} does not say whether ${name} is ready`)
}
