import { labelsOf, ofKind, selects, type Workload } from './manifest.ts'
import type { Suite } from './rule.ts'

interface NetworkPolicy {
  spec: { podSelector: object; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] }
}
interface Rule {
  from?: Peer[]
  to?: Peer[]
  ports?: { port: number }[]
}
interface Peer {
  podSelector?: object
  namespaceSelector?: { matchLabels?: Record<string, string> }
  ipBlock?: { cidr: string; except?: string[] }
}

export interface AllowedFlows {
  /** What may leave a workload, as "caller → workload:port". */
  egress: Set<string>
  /** What may come in. */
  ingress: Set<string>
}

/** The flows that NetworkPolicies allow, seen from both ends; a flow that only one end allows does not flow. */
export function allowedFlows({ manifests, workloads }: Suite): AllowedFlows {
  const flows = { egress: new Set<string>(), ingress: new Set<string>() }
  for (const { spec } of ofKind<NetworkPolicy>(manifests, 'NetworkPolicy'))
    for (const { name } of workloads.filter((workload) => selects(spec.podSelector, labelsOf(workload)))) {
      for (const { to, ports = [] } of spec.egress ?? [])
        for (const peer of peersOf(to, 'elsewhere', workloads))
          for (const { port } of ports) flows.egress.add(`${name} → ${peer}:${port}`)
      for (const { from, ports = [] } of spec.ingress ?? [])
        for (const peer of peersOf(from, 'anybody', workloads))
          for (const { port } of ports) flows.ingress.add(`${peer} → ${name}:${port}`)
    }
  return flows
}

function peersOf(peers: Peer[] | undefined, everybody: string, workloads: Workload[]): string[] {
  if (!peers) return [everybody]
  return peers.flatMap(({ podSelector = {}, namespaceSelector, ipBlock }) => {
    if (ipBlock) return [everybody]
    return namespaceSelector
      ? [`namespace ${Object.values(namespaceSelector.matchLabels ?? {}).join()}`]
      : workloads.filter((workload) => selects(podSelector, labelsOf(workload))).map(({ name }) => name)
  })
}
