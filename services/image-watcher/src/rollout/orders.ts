import type { Container, Workload } from '../cluster/workload.ts'
import { approvedWith } from '../policy/approval.ts'
import { parseReference } from '../registry/reference.ts'
import type { Changes } from './changes.ts'
import { type ContainerState, parseState } from './state.ts'

/** What a person wants cannot be done as things are. */
export class OrderError extends Error {
  override readonly name = 'OrderError'
  readonly code = 'NOT_NOW'
}

export interface Order {
  workload: Workload
  container: Container
  /** Who wants it, for people. */
  by: string
}

/** Lets a digest through that waits for its approval. Rejects with ClusterError. */
export async function approve(changes: Changes, { workload, container, by }: Order, digest: string): Promise<Workload> {
  const approved = approvedWith(workload.annotations, digest)
  return await changes.make(workload, container, {
    what: 'approved',
    why: `${by} approved ${digest}.`,
    annotations: { approved },
  })
}

/**
 * Brings the image back that the last rollout replaced, and holds it until the tag moves again. Rejects with OrderError where there is none,
 * and with ClusterError.
 * @param digest that of the tag now, where it is known.
 */
export async function undo(
  changes: Changes,
  { workload, container, by }: Order,
  digest = parseReference(container.image).digest,
): Promise<Workload> {
  const state = stateOf(workload, container)
  const image = formerImage(state, container)
  if (state === undefined || image === undefined || digest === undefined)
    throw new OrderError(`Nothing was rolled out for ${container.name} that could be undone.`)
  const { origin, bad } = state
  const why = `${by} undid the rollout. It stays until the tag moves again.`
  const at = changes.now().toISOString()
  return await changes.make(workload, container, {
    what: 'held',
    why,
    image,
    state: { phase: 'held', image, at, why, held: digest, ...(origin && { origin }), ...(bad && { bad }) },
  })
}

/** What a person's undo would bring back; undefined: nothing that was set here is there. */
export function formerImage(
  state: ContainerState | undefined,
  { image }: Pick<Container, 'image'>,
): string | undefined {
  if (state?.image !== image || !['rolling', 'soaking', 'done'].includes(state.phase)) return undefined
  return state.from === image ? undefined : state.from
}

/** The container whose rollout is the last one that can be undone. */
export function lastRolled(workload: Workload): Container | undefined {
  const rolled = workload.containers.filter((one) => formerImage(stateOf(workload, one), one) !== undefined)
  const at = (container: Container) => stateOf(workload, container)?.at ?? ''
  return rolled.sort((a, b) => (at(a) < at(b) ? 1 : -1))[0]
}

function stateOf({ annotations }: Workload, { name }: Container): ContainerState | undefined {
  return parseState(annotations.state)?.[name]
}
