import { counter, type Log } from '@livepods/service'
import type { Connection } from '../cluster/connection.ts'
import type { Events } from '../cluster/events.ts'
import { patchWorkload } from '../cluster/patch.ts'
import {
  type Container,
  nameOf,
  pathOf,
  readWorkload,
  type Workload,
  type WorkloadObject,
} from '../cluster/workload.ts'
import type { Change, History } from '../history.ts'
import { type ContainerState, formatState, parseState } from './state.ts'

export interface ChangesOptions {
  connection: Connection
  events: Pick<Events, 'add'>
  history: History
  log: Log
}

/** What is done to a container by one patch, and why. */
export interface Made {
  what: Change['what']
  why: string
  /** Absent: the image stays. */
  image?: string | undefined
  /** Absent: its state stays. */
  state?: ContainerState | undefined
  /** Further annotations of livepods.dev. */
  annotations?: Record<string, string>
}

const REASONS: Record<Change['what'], { type: 'Normal' | 'Warning'; reason: string }> = {
  rolled: { type: 'Normal', reason: 'ImageRolled' },
  done: { type: 'Normal', reason: 'ImageUp' },
  soaked: { type: 'Normal', reason: 'ImageSoaked' },
  undone: { type: 'Warning', reason: 'ImageUndone' },
  followed: { type: 'Normal', reason: 'ImageFollowed' },
  held: { type: 'Normal', reason: 'ImageHeld' },
  contested: { type: 'Warning', reason: 'ImageContested' },
  seen: { type: 'Normal', reason: 'ImageSeen' },
  waiting: { type: 'Normal', reason: 'ImageWaiting' },
  approved: { type: 'Normal', reason: 'ImageApproved' },
}

const changes = counter({
  name: 'image_watcher_changes_total',
  help: 'What was done for containers: rolled, done, soaked, undone, followed, held, contested, seen, waiting, approved.',
  labels: ['what'],
  values: Object.keys(REASONS),
})

/** Changes workloads, and tells of each change in the log, the history, the metrics and the cluster's events. */
export class Changes {
  readonly #options: ChangesOptions

  constructor(options: ChangesOptions) {
    this.#options = options
  }

  /** The API server's time. */
  now(): Date {
    return this.#options.connection.now()
  }

  /** The workload as the API server has it now. Rejects with ClusterError. */
  async read(workload: Workload): Promise<Workload> {
    const { connection } = this.#options
    return readWorkload(workload.kind, await connection.request<WorkloadObject>({ path: pathOf(workload) }))
  }

  /** Resolves with what the workload is then. Rejects with ClusterError: 409 when it is not any more what it was when it was read. */
  async make(workload: Workload, container: Container, made: Made): Promise<Workload> {
    const { connection, events, history, log } = this.#options
    const { what, why, image, state, annotations } = made
    const changed = await patchWorkload(connection, workload, {
      annotations: { ...annotations, ...(state && { state: withState(workload, container, state) }) },
      ...(image !== undefined && { container, image }),
    })
    const from = container.image
    const to = image ?? from
    history.add(changed, { at: connection.now().toISOString(), container: container.name, what, from, to, why })
    changes.inc({ what })
    log.info({ workload: nameOf(workload), container: container.name, from, to, why }, `image ${what}`)
    await events.add(workload, { ...REASONS[what], message: `${container.name}: ${why}` })
    return changed
  }
}

/** The annotation with this state of a container, without those of containers that are not there any more. */
function withState({ annotations, containers }: Workload, { name }: Container, state: ContainerState): string {
  const present = Object.entries(parseState(annotations.state) ?? {})
  const kept = present.filter(([other]) => containers.some((container) => container.name === other))
  return formatState({ ...Object.fromEntries(kept), [name]: state })
}
