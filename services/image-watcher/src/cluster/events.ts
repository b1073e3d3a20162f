import type { Log } from '@livepods/service'
import type { Connection } from './connection.ts'
import { MANAGER } from './patch.ts'
import { KINDS, nameOf, type Workload } from './workload.ts'

export interface ClusterEvent {
  type: 'Normal' | 'Warning'
  /** One word for programs. */
  reason: string
  message: string
}

/** Notes of what was done, where `kubectl describe` shows them. */
export class Events {
  readonly #connection: Connection
  readonly #log: Log

  constructor(connection: Connection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  /** A note that cannot be written is only logged: what it is about has happened. */
  async add(workload: Workload, { type, reason, message }: ClusterEvent): Promise<void> {
    const { kind, namespace, name, uid } = workload
    const now = this.#connection.now().toISOString()
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name.slice(0, 200)}.` },
      involvedObject: { apiVersion: KINDS[kind].group, kind, namespace, name, uid },
      type,
      reason,
      message: message.slice(0, 1000),
      source: { component: MANAGER },
      reportingComponent: MANAGER,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
    try {
      await this.#connection.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/events`, body })
    } catch (error) {
      this.#log.warn({ workload: nameOf(workload), reason: (error as Error).message }, 'event not written')
    }
  }
}
