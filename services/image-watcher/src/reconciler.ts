import { backoffMs, ConcurrencyLimit, gauge, type Log, PeriodicTask } from '@livepods/service'
import type { Connection } from './cluster/connection.ts'
import { ListWatch } from './cluster/list-watch.ts'
import {
  KINDS,
  type Kind,
  listPath,
  nameOf,
  readWorkload,
  type Workload,
  type WorkloadObject,
} from './cluster/workload.ts'
import type { History } from './history.ts'
import type { Observer } from './observer.ts'
import type { Repository } from './registry/registry.ts'
import { type ContainerReport, Rollout, type RolloutOptions, type Slots } from './rollout/rollout.ts'
import { parseState } from './rollout/state.ts'

export interface ReconcilerOptions extends Omit<RolloutOptions, 'slots' | 'observer'> {
  connection: Connection
  observer: Observer
  /** Of what other replicas did. */
  history: Pick<History, 'read' | 'forget'>
  log: Log
  namespaces: readonly string[]
  intervalMs: number
  rolloutsAtOnce: number
  silenceMs?: number
  /** How often the time of what is under way is looked at. */
  deadlinesMs?: number
}

/** A watched workload, and how its containers stand. */
export interface WorkloadReport {
  workload: string
  namespace: string
  kind: Kind
  name: string
  containers: ContainerReport[]
  /** Why its last step failed. */
  fault?: string
}

const STEPS_AT_ONCE = 8
/** A rollout that is stuck changes nothing that a watch would tell of. */
const DEADLINES_MS = 5000
/** After the API server refused a step, or did not answer. What registries said is kept meanwhile. */
const RETRY = { baseMs: 1000, maxMs: 60_000 }

const watched = gauge({ name: 'image_watcher_workloads', help: 'Workloads that are watched.' })
const rolling = gauge({
  name: 'image_watcher_rolling_workloads',
  help: 'Workloads whose image was set and is not up yet.',
})

/** Follows all workloads that opted in, and brings each a step further whenever it or its tags may have changed. */
export class Reconciler implements AsyncDisposable {
  readonly #options: ReconcilerOptions
  readonly #rollout: Rollout
  readonly #lists: ListWatch<WorkloadObject>[]
  readonly #look: PeriodicTask
  readonly #deadlines: PeriodicTask
  readonly #workloads = new Map<string, Workload>()
  readonly #reports = new Map<string, WorkloadReport>()
  readonly #listeners: (() => void)[] = []
  readonly #rolling = new Set<string>()
  /** Those that came up, and are watched for a while. */
  readonly #soaking = new Set<string>()
  /** Of steps that are about to begin a rollout. */
  readonly #reserved = new Set<string>()
  /** Steps that run, and whether another one has to follow. */
  readonly #steps = new Map<string, { again: boolean; ended: Promise<void> }>()
  /** Of workloads whose last step failed: how often in a row. */
  readonly #failures = new Map<string, number>()
  readonly #limit = new ConcurrencyLimit({
    atOnce: STEPS_AT_ONCE,
    waiting: Number.POSITIVE_INFINITY,
    full: () => new Error('There is no end of the line.'),
  })
  #stopping = false

  constructor(options: ReconcilerOptions) {
    const {
      connection,
      observer,
      log,
      namespaces,
      intervalMs,
      rolloutsAtOnce,
      silenceMs,
      deadlinesMs = DEADLINES_MS,
    } = options
    this.#options = options
    // What waits for a person may do so for ever, and keeps nobody else waiting.
    const goesOn = (uid: string) => !this.#reports.get(uid)?.containers.some(({ waitsForYou }) => waitsForYou)
    const underWay = () => new Set([...[...this.#rolling].filter(goesOn), ...this.#reserved]).size
    const slots: Slots = {
      get free() {
        return rolloutsAtOnce - underWay()
      },
      begin: ({ uid }) => this.#reserved.add(uid),
    }
    this.#rollout = new Rollout({ ...options, observer, slots })
    this.#lists = namespaces.flatMap((namespace) =>
      (Object.keys(KINDS) as Kind[]).map(
        (kind) =>
          new ListWatch<WorkloadObject>({
            connection,
            path: listPath(kind, namespace),
            onChange: (object) => this.#changed(readWorkload(kind, object)),
            onGone: (uid) => this.#forget(uid),
            log,
            ...(silenceMs !== undefined && { silenceMs }),
          }),
      ),
    )
    this.#look = new PeriodicTask(async () => this.lookNow(), { everyMs: intervalMs, jitter: [0.9, 1.1] })
    this.#deadlines = new PeriodicTask(async () => this.#lookAtDeadlines(), { everyMs: deadlinesMs })
  }

  /** Why it does not see the cluster as it is. */
  get faults(): string[] {
    return this.#lists.flatMap(({ fault, synced }) => fault ?? (synced ? [] : ['The list was not read yet.']))
  }

  /** No step runs or waits. */
  get isIdle(): boolean {
    return this.#steps.size === 0
  }

  get workloads(): Workload[] {
    return [...this.#workloads.values()]
  }

  get reports(): WorkloadReport[] {
    return [...this.#reports.values()].sort((a, b) => (a.workload < b.workload ? -1 : 1))
  }

  /** Calls back whenever a report says something new. */
  listen(listener: () => void): void {
    this.#listeners.push(listener)
  }

  start(): void {
    for (const list of this.#lists) list.start()
    this.#look.start({ waits: true })
    this.#deadlines.start({ waits: true })
  }

  /** Asks registries anew: for all, or for the workloads that have an image of this repository. */
  lookNow(only?: Pick<Repository, 'host' | 'repository'>): void {
    const { observer } = this.#options
    if (only === undefined) observer.prune()
    observer.forget(only)
    for (const workload of this.#workloads.values()) this.#step(workload.uid)
  }

  #lookAtDeadlines(): void {
    for (const uid of [...this.#rolling, ...this.#soaking]) this.#step(uid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    await Promise.all([this.#look.stop(), this.#deadlines.stop()])
    await Promise.all(this.#lists.map((list) => list[Symbol.asyncDispose]()))
    await Promise.all([...this.#steps.values()].map(({ ended }) => ended))
  }

  #changed(workload: Workload): void {
    const { uid, annotations } = workload
    if (annotations.watch === 'true') {
      this.#options.history.read(workload, this.#options.connection.now())
      this.#workloads.set(uid, workload)
      this.#count(workload)
      this.#step(uid)
    } else this.#forget(uid)
  }

  #forget(uid: string): void {
    this.#options.history.forget(uid)
    this.#workloads.delete(uid)
    this.#reports.delete(uid)
    this.#rolling.delete(uid)
    this.#soaking.delete(uid)
    this.#failures.delete(uid)
    watched.set(this.#workloads.size)
    rolling.set(this.#rolling.size)
  }

  #count({ uid, annotations, containers }: Workload): void {
    const state = parseState(annotations.state) ?? {}
    for (const [phase, those] of [
      ['rolling', this.#rolling],
      ['soaking', this.#soaking],
    ] as const) {
      const isIn = containers.some(({ name, image }) => state[name]?.phase === phase && state[name]?.image === image)
      if (isIn) those.add(uid)
      else those.delete(uid)
    }
    watched.set(this.#workloads.size)
    rolling.set(this.#rolling.size)
  }

  #say(uid: string, report: WorkloadReport): void {
    const former = JSON.stringify(this.#reports.get(uid))
    this.#reports.set(uid, report)
    if (JSON.stringify(report) !== former) for (const listener of this.#listeners) listener()
  }

  /** One step of a workload at a time; a change during it is looked at after it. */
  #step(uid: string): void {
    if (this.#stopping) return
    const running = this.#steps.get(uid)
    if (running) {
      running.again = true
      return
    }
    const step = { again: false, ended: Promise.resolve() }
    this.#steps.set(uid, step)
    step.ended = this.#limit
      .run(() => this.#stepNow(uid))
      .finally(() => {
        this.#steps.delete(uid)
        if (step.again) this.#step(uid)
      })
  }

  async #stepNow(uid: string): Promise<void> {
    const workload = this.#workloads.get(uid)
    if (!workload || this.#stopping) return
    const { namespace, kind, name } = workload
    const report = { workload: nameOf(workload), namespace, kind, name }
    try {
      const { reports, changed } = await this.#rollout.step(workload)
      this.#failures.delete(uid)
      this.#say(uid, { ...report, containers: reports })
      // The watch says the same later, unless it has said something newer already.
      if (changed && this.#workloads.get(uid) === workload) this.#changed(changed)
    } catch (error) {
      const { message } = error as Error
      if (this.#reports.get(uid)?.fault === undefined)
        this.#options.log.warn({ ...report, reason: message }, 'step failed')
      this.#say(uid, { ...report, containers: this.#reports.get(uid)?.containers ?? [], fault: message })
      const failures = this.#failures.get(uid) ?? 0
      this.#failures.set(uid, failures + 1)
      setTimeout(() => this.#step(uid), backoffMs(failures, RETRY)).unref()
    } finally {
      this.#reserved.delete(uid)
    }
  }
}
