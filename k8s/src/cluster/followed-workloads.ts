import { eventually } from '@livepods/testing'
import { expect } from './deployed.ts'
import { kubectl, list } from './kubectl.ts'

interface Workload {
  kind: string
  metadata: { name: string; generation: number; annotations?: Record<string, string> }
  spec: { template: { spec: { containers: { image: string }[] } } }
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { containers: { image: string }[] }
  status: { conditions?: { type: string; status: string }[] }
}

/** What is expected of a workload; what is absent is not looked at. */
interface Expected {
  digest?: string
  phase?: string
  /** Digest that is remembered as one that failed. */
  bad?: string
  /** How often another program put its image back. */
  putBack?: number
  manager?: string
}

/** The annotation livepods.dev/state of a container, see services/image-watcher/src/rollout/state.ts. */
interface State {
  phase?: string
  bad?: Record<string, string>
  putBack?: string[]
  manager?: string
}

const NAMESPACE = 'livepods'
const SELECTOR = 'app.kubernetes.io/part-of=lab'
const KINDS = 'deployments,statefulsets,daemonsets'
const FOLLOWED = { web: 'deployment', store: 'statefulset', agent: 'daemonset' }
const TIMING = { withinMs: 240_000, everyMs: 500 }

/** Those of k8s/lab/delivery/workloads: a Deployment, a StatefulSet and a DaemonSet with one tag, and a Deployment with another. */
export class FollowedWorkloads {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async apply(): Promise<void> {
    await kubectl(['apply', '-k', this.#folder])
  }

  /** The three alone. */
  async applyAgain(): Promise<void> {
    await kubectl(['apply', '-k', this.#folder, '-l', 'livepods.dev/applied!=once'])
  }

  /** As a person does. */
  async undo(): Promise<void> {
    for (const [name, kind] of Object.entries(FOLLOWED))
      await kubectl(['-n', NAMESPACE, 'rollout', 'undo', `${kind}/${name}`])
  }

  /** Resolves once all three are as expected; rejects when they are not in time. */
  async allHave(expected: Expected): Promise<void> {
    await eventually(async () => {
      const workloads = await this.#all()
      for (const name of Object.keys(FOLLOWED)) assertIs(workloads, name, expected)
    }, TIMING)
  }

  async has(name: string, digest: string, phase: string): Promise<void> {
    await eventually(async () => assertIs(await this.#all(), name, { digest, phase }), TIMING)
  }

  /** Resolves once every pod of the three is ready, and is of this digest. */
  async allRun(digest: string): Promise<void> {
    await eventually(async () => {
      const pods = await list<Pod>('pods', NAMESPACE, `app.kubernetes.io/name in (${Object.keys(FOLLOWED)})`)
      for (const { metadata, spec, status } of pods) {
        const isReady = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
        const isIt = isReady && !metadata.deletionTimestamp && spec.containers[0]?.image.endsWith(digest)
        expect(isIt === true, `${metadata.name} does not run ${digest}: ${spec.containers[0]?.image}`)
      }
    }, TIMING)
  }

  /** The generations of the three, which any change of what they should be raises. */
  async rollouts(): Promise<string> {
    const workloads = await this.#all()
    return Object.keys(FOLLOWED)
      .map((name) => `${name} ${workloads.get(name)?.metadata.generation}`)
      .join(', ')
  }

  async #all(): Promise<Map<string, Workload>> {
    const workloads = await list<Workload>(KINDS, NAMESPACE, SELECTOR)
    return new Map(workloads.map((workload) => [workload.metadata.name, workload]))
  }
}

function assertIs(workloads: Map<string, Workload>, name: string, expected: Expected): void {
  const { metadata, spec } = workloads.get(name) ?? {}
  const image = spec?.template.spec.containers[0]?.image ?? 'none'
  const { main = {} } = JSON.parse(metadata?.annotations?.['livepods.dev/state'] ?? '{}') as { main?: State }
  const { phase, bad = {}, putBack = [], manager } = main
  const isIt =
    (expected.digest === undefined || image.endsWith(`@${expected.digest}`)) &&
    (expected.phase === undefined || phase === expected.phase) &&
    (expected.bad === undefined || Object.values(bad).includes(expected.bad)) &&
    (expected.putBack === undefined || putBack.length === expected.putBack) &&
    (expected.manager === undefined || manager === expected.manager)
  expect(isIt, `${name}: not ${JSON.stringify(expected)}, but ${image}, ${JSON.stringify(main)}`)
}
