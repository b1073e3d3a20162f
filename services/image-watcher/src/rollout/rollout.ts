import type { Log } from '@livepods/service'
import type { Connection } from '../cluster/connection.ts'
import { ClusterError, isConflict } from '../cluster/errors.ts'
import type { Events } from '../cluster/events.ts'
import type { Lease } from '../cluster/lease.ts'
import { listPods, restartsSince } from '../cluster/pods.ts'
import { type Container, nameOf, type Workload } from '../cluster/workload.ts'
import type { Change } from '../history.ts'
import type { Candidate, Observer } from '../observer.ts'
import { AnnotationError } from '../policy/errors.ts'
import type { GateSettings, Refusal } from '../policy/gates.ts'
import { RegistryError } from '../registry/errors.ts'
import { InvalidReferenceError } from '../registry/reference.ts'
import type { Changes } from './changes.ts'
import { type Decision, decide } from './decision.ts'
import { formerImage } from './orders.ts'
import { type ContainerState, type Phase, parseState, type State } from './state.ts'
import { deleteStuckPods, mayBeStuck } from './undo.ts'
import { verdictOf } from './verdict.ts'

/** How a container stands. */
export interface ContainerReport {
  container: string
  image: string
  /** Absent: nothing was ever set here. */
  phase?: Phase
  /** What its policy chooses, where that is known. */
  wanted?: { tag: string; digest: string }
  /** What an undo would bring back. */
  former?: string
  /** The gate that does not let it through. */
  gate?: Refusal['gate']
  why: string
  /** Its rollout goes on when a person does something: it is paused, has no replicas, or replaces no pods by itself. */
  waitsForYou?: true
  /** A mistake in an annotation that changes nothing by itself. */
  warning?: string
}

export interface RolloutOptions {
  connection: Connection
  observer: Pick<Observer, 'observe' | 'confirm'>
  lease: Pick<Lease, 'isHeld' | 'freeze' | 'tenure'>
  events: Pick<Events, 'add'>
  changes: Changes
  log: Log
  /** report: nothing is changed, only told. */
  mode: 'roll' | 'report'
  registries?: readonly string[] | undefined
  deadlineMs: number
  /** Restarts are watched for so long after a rollout; 0: not at all. */
  soakMs?: number
  slots: Slots
  /** A person asks for it: see GateSettings. */
  isAsked?: boolean
}

/** Rollouts that are under way. */
export interface Slots {
  /** How many more may begin. */
  readonly free: number
  begin: (workload: Workload) => void
}

/** What a step found and did. */
export interface Step {
  reports: ContainerReport[]
  /** What the workload is after a change. */
  changed?: Workload
}

/** Brings one workload one step further. */
export class Rollout {
  readonly #options: RolloutOptions
  /** What is forbidden, of which was told: by workload and reason. */
  readonly #told = new Set<string>()

  constructor(options: RolloutOptions) {
    this.#options = options
  }

  /** At most one change of the workload. Rejects with ClusterError. */
  async step(workload: Workload): Promise<Step> {
    const state = parseState(workload.annotations.state) ?? {}
    const rolling = workload.containers.find(({ name, image }) => {
      const own = state[name]
      return own?.image === image && (own.phase === 'rolling' || own.phase === 'soaking')
    })
    const reports: ContainerReport[] = []
    let changed: Workload | undefined
    for (const container of workload.containers) {
      // A failure must have one cause.
      if (changed !== undefined || (rolling && rolling !== container)) {
        reports.push(reportOf(container, state, { why: 'Another container of it is rolled out first.' }))
        continue
      }
      const { report, workload: now } = await this.#stepContainer(workload, container, state)
      reports.push(report)
      changed = now
    }
    if (changed === undefined) await this.#freeStuckPods(workload, state)
    return { reports, ...(changed && { changed }) }
  }

  async #stepContainer(workload: Workload, container: Container, state: State) {
    const { connection, changes, mode, registries, lease, deadlineMs, soakMs = 0, slots, isAsked } = this.#options
    const { tenure } = lease
    const { candidate, fault } = await this.#candidate(workload, container)
    const now = connection.now()
    const settings: GateSettings = { registries, freeze: lease.freeze, free: slots.free, isAsked }
    const own = state[container.name]
    const verdict = verdictOf(workload, { since: new Date(own?.at ?? now), now, deadlineMs })
    const decision = decideOrNone({
      container,
      state: own,
      verdict,
      candidate,
      annotations: workload.annotations,
      settings,
      now,
      soakMs: workload.kind === 'CronJob' ? 0 : soakMs,
      restarts: own?.phase === 'soaking' ? await this.#restarts(workload, container, own) : undefined,
    })
    const gate = 'gate' in decision ? decision.gate : undefined
    const waitsForYou = verdict.outcome === 'waits' && isRolling(own, container) && decision.action === 'none'
    const report: ContainerReport = {
      ...reportOf(container, state, { why: fault ?? decision.why, candidate, gate }),
      ...(waitsForYou && { waitsForYou }),
    }
    if (decision.action === 'none' || mode === 'report' || !lease.isHeld) return { report }
    // Before anything is awaited, so that no other step takes the same slot.
    if (decision.action === 'roll') slots.begin(workload)
    try {
      if (decision.action === 'roll' && candidate) await this.#options.observer.confirm(candidate)
      // Looked at last: whoever was asleep for longer than its term does not act any more, nor by what it saw before it had the lease.
      if (!lease.isHeld || lease.tenure !== tenure) return { report }
      const { why, state: next } = decision
      const image = decision.action === 'note' ? undefined : decision.image
      return {
        report,
        workload: await changes.make(workload, container, { what: whatOf(decision), why, image, state: next }),
      }
    } catch (error) {
      if (error instanceof RegistryError) return { report: { ...report, why: error.message } }
      // Somebody changed it meanwhile; the watch brings what it is now.
      if (isConflict(error)) return { report: { ...report, why: 'It was changed meanwhile.' } }
      throw error
    }
  }

  /** A registry that does not say changes nothing: what is under way goes on, and nothing new begins. */
  async #candidate(workload: Workload, container: Container): Promise<{ candidate?: Candidate; fault?: string }> {
    try {
      const candidate = await this.#options.observer.observe(workload, container)
      return candidate ? { candidate } : {}
    } catch (error) {
      if (error instanceof RegistryError || error instanceof AnnotationError || error instanceof InvalidReferenceError)
        return { fault: error.message }
      throw error
    }
  }

  async #freeStuckPods(workload: Workload, state: State): Promise<void> {
    const { connection, lease, mode, log, events } = this.#options
    const isUndone = workload.containers.some(({ name, image }) => {
      const own = state[name]
      return own?.image === image && (own.phase === 'undone' || own.phase === 'held')
    })
    if (!isUndone || mode === 'report' || !lease.isHeld || !mayBeStuck(workload)) return
    try {
      const pods = await deleteStuckPods(connection, workload)
      if (pods.length === 0) return
      log.info({ workload: nameOf(workload), pods }, 'stuck pods deleted')
      await events.add(workload, { type: 'Normal', reason: 'StuckPodDeleted', message: `Deleted ${pods.join(', ')}.` })
    } catch (error) {
      const message = 'Its stuck pod has to be deleted by hand: the Role for it is not there.'
      await this.#forbidden(workload, error, { reason: 'StuckPod', message })
    }
  }

  /** Of its new pods; undefined: they may not be read. */
  async #restarts(workload: Workload, { name }: Container, { at }: ContainerState): Promise<number | undefined> {
    try {
      return restartsSince(await listPods(this.#options.connection, workload), name, new Date(at))
    } catch (error) {
      const message = 'Its restarts are not watched: the Role for it is not there.'
      await this.#forbidden(workload, error, { reason: 'RestartsUnknown', message })
      return undefined
    }
  }

  /** Tells once of something that the optional Role would allow. Rejects with any other error. */
  async #forbidden(workload: Workload, error: unknown, { reason, message }: { reason: string; message: string }) {
    if (!(error instanceof ClusterError) || error.status !== 403) throw error
    const key = `${workload.uid} ${reason}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    const { log, events } = this.#options
    log.warn({ workload: nameOf(workload), reason: error.message }, message)
    await events.add(workload, { type: 'Warning', reason, message })
  }
}

function isRolling(own: ContainerState | undefined, { image }: Container): boolean {
  return own?.phase === 'rolling' && own.image === image
}

function decideOrNone(facts: Parameters<typeof decide>[0]): Decision {
  try {
    return decide(facts)
  } catch (error) {
    if (error instanceof InvalidReferenceError) return { action: 'none', why: error.message }
    throw error
  }
}

function whatOf(decision: Exclude<Decision, { action: 'none' }>): Change['what'] {
  if (decision.action === 'note') return decision.what
  return decision.action === 'roll' ? 'rolled' : 'undone'
}

function reportOf(
  { name, image }: Container,
  state: State,
  { why, candidate, gate }: { why: string; candidate?: Candidate | undefined; gate?: Refusal['gate'] | undefined },
): ContainerReport {
  const own: ContainerState | undefined = state[name]
  const former = formerImage(own, { image })
  return {
    container: name,
    image,
    ...(own && { phase: own.phase }),
    ...(candidate && { wanted: { tag: candidate.tag, digest: candidate.digest } }),
    ...(former !== undefined && { former }),
    ...(gate && { gate }),
    why,
    ...(candidate?.warning && { warning: candidate.warning }),
  }
}
