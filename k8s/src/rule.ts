import { type Manifest, type Workload, workloadsOf } from './manifest.ts'

export interface Suite {
  manifests: Manifest[]
  workloads: Workload[]
}

/** Something that must be so, by our own choice or because a cluster would refuse it only at run time. */
export interface Rule {
  name: string
  /** Why, in a sentence. */
  reason: string
  /** Where it is not so. */
  faults: (suite: Suite) => Iterable<string>
}

export function suiteOf(manifests: Manifest[]): Suite {
  return { manifests, workloads: workloadsOf(manifests) }
}

/** A fault for every workload where `holds` is false. */
export function eachWorkload(holds: (workload: Workload, suite: Suite) => boolean): Rule['faults'] {
  return (suite) =>
    suite.workloads.filter((workload) => !holds(workload, suite)).map(({ kind, name }) => `${kind}/${name}`)
}

type Container = Workload['containers'][number]

/** A fault for every container where `holds` is false. */
export function eachContainer(
  holds: (container: Container, workload: Workload, suite: Suite) => boolean,
): Rule['faults'] {
  return (suite) =>
    suite.workloads.flatMap((workload) =>
      workload.containers
        .filter((container) => !holds(container, workload, suite))
        .map(({ name }) => `${workload.kind}/${workload.name}, container ${name}`),
    )
}
