import { nameOf, type Workload } from './cluster/workload.ts'

/** Something that was done, or decided, for a container. */
export interface Change {
  at: string
  /** `livepods/deployment/receiver` */
  workload: string
  container: string
  what: 'rolled' | 'done' | 'soaked' | 'undone' | 'followed' | 'held' | 'contested' | 'seen' | 'waiting' | 'approved'
  /** The image before and after; the same where it did not change. */
  from: string
  to: string
  why: string
}

const KEPT = 500

/** The last changes, newest first, since this process started; the workloads themselves keep the last one of each container. */
export class History {
  readonly #changes: Change[] = []
  readonly #listeners: ((change: Change) => void)[] = []

  get changes(): readonly Change[] {
    return this.#changes
  }

  add(workload: Workload, change: Omit<Change, 'workload'>): Change {
    const added = { ...change, workload: nameOf(workload) }
    this.#changes.unshift(added)
    if (this.#changes.length > KEPT) this.#changes.pop()
    for (const listener of this.#listeners) listener(added)
    return added
  }

  /** Calls it for every change from now on. */
  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }
}
