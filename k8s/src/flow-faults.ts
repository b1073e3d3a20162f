import type { Service } from '@livepods/service'
import { type Declared, servicesIn } from '@livepods/system'
import { callsOf } from './calls.ts'
import { isLasting } from './manifest.ts'
import { allowedFlows } from './policies.ts'
import { portsOf, programOf, programs } from './program.ts'
import type { Suite } from './rule.ts'

/** Where what the NetworkPolicies allow is not what the workloads call: what is missing would not work, what is too much is a hole. */
export function flowFaults(suite: Suite, declared = programs): string[] {
  // What people and their programs call, from wherever the Services can be reached.
  const open = servicesIn(declared).flatMap((service) =>
    namesOf(service, suite, declared).flatMap((name) =>
      portsOf(service, 'everybody').map((port) => `anybody → ${name}:${port}`),
    ),
  )
  const { egress, ingress } = allowedFlows(suite)
  const calls = new Set([
    ...callsOf(suite, declared),
    ...suite.workloads.map(({ name }) => `${name} → namespace kube-system:53`),
  ])
  const isOutside = (flow: string) => flow.startsWith('namespace ')
  const leaves = (flow: string) => /→ (elsewhere|namespace )/.test(flow)
  const isPublic = (flow: string) => open.includes(flow.replace(/^.* →/, 'anybody →'))
  const wanted = {
    egress: [...calls].filter((flow) => !isOutside(flow)),
    ingress: [...calls].filter((flow) => !leaves(flow) && !isPublic(flow)),
  }
  return [
    ...wanted.egress.filter((flow) => !egress.has(flow)).map((flow) => `${flow} is not let out`),
    ...wanted.ingress.filter((flow) => !ingress.has(flow)).map((flow) => `${flow} is not let in`),
    ...open.filter((flow) => !ingress.has(flow)).map((flow) => `${flow} is not let in`),
    ...[...egress].filter((flow) => !calls.has(flow)).map((flow) => `${flow} is let out, and nobody calls there`),
    ...[...ingress]
      .filter((flow) => !calls.has(flow) && !open.includes(flow))
      .map((flow) => `${flow} is let in, and nobody calls so`),
  ]
}

/** The workloads that run a service; where none does, its name. */
function namesOf(service: Service, { workloads }: Suite, declared: readonly Declared[]): string[] {
  const running = workloads.filter(
    (workload) =>
      isLasting(workload) && workload.running.some((one) => programOf(one, declared)?.name === service.name),
  )
  return running.length > 0 ? running.map(({ name }) => name) : [service.name]
}
