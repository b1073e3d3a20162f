import { nameOf, type Workload } from './cluster/workload.ts'
import { type ContainerState, type Phase, parseState, type State, WATCHED } from './rollout/state.ts'

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
/** The watch may tell of so many writes of this replica later than they were answered. */
const KEPT_WRITES = 10

/** What a phase was when it began. */
const BEGAN: Record<Phase, Change['what']> = {
  rolling: 'rolled',
  soaking: 'done',
  done: 'done',
  undone: 'undone',
  followed: 'followed',
  held: 'held',
  contested: 'contested',
}

interface Known {
  /** What the workload's annotation said last. */
  state: State
  /** What this replica wrote there, as text. */
  written: string[]
}

/**
 * The last changes, newest first: those that were made here, and of those that another replica made, or this one before it was started, what
 * the annotations of the workloads tell.
 */
export class History {
  readonly #changes: Change[] = []
  readonly #listeners: ((change: Change) => void)[] = []
  readonly #known = new Map<string, Known>()
  /** The annotation that a change was read in. */
  readonly #sources = new WeakMap<Change, string>()

  get changes(): readonly Change[] {
    return this.#changes
  }

  /**
   * Something was done here.
   * @param after the workload as it is since then.
   */
  add(after: Workload, change: Omit<Change, 'workload'>): Change {
    const added = { ...change, workload: nameOf(after) }
    const { state } = after.annotations
    if (state !== undefined) {
      // The watch may have told of it before the API server answered.
      const told = this.#changes.findIndex((one) => this.#sources.get(one) === state && isOfSame(one, added))
      if (told >= 0) this.#changes.splice(told, 1)
      const written = [...(this.#known.get(after.uid)?.written ?? []), state].slice(-KEPT_WRITES)
      this.#known.set(after.uid, { state: parseState(state) ?? {}, written })
    }
    this.#insert(added)
    for (const listener of this.#listeners) listener(added)
    return added
  }

  /** Reads what was done elsewhere in a workload's annotation. Nobody who listens is told: whoever did it has told already. */
  read(workload: Workload, now: Date): void {
    const { uid, containers, annotations } = workload
    const known = this.#known.get(uid)
    const { state: before = {}, written = [] } = known ?? {}
    const state = parseState(annotations.state) ?? {}
    this.#known.set(uid, { state, written })
    if (annotations.state === undefined || written.includes(annotations.state)) return
    for (const { name } of containers) {
      const own = state[name]
      if (!own) continue
      for (const one of changesTo(own, before[name], now)) {
        const change = { ...one, workload: nameOf(workload), container: name }
        // `kubectl rollout undo` restores an annotation that was read before.
        if (this.#changes.some((other) => isOfSame(other, change) && other.at === one.at && other.what === one.what))
          continue
        this.#sources.set(change, annotations.state)
        this.#insert(change, known ? 0 : this.#placeOf(change))
      }
    }
  }

  /** The workload is not watched any more; what was done to it stays. */
  forget(uid: string): void {
    this.#known.delete(uid)
  }

  /** Calls it for every change that is made here from now on. */
  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  #insert(change: Change, place = 0): void {
    this.#changes.splice(place, 0, change)
    if (this.#changes.length > KEPT) this.#changes.pop()
  }

  /** What was there before it was looked at has the place of its time; what comes is the newest, however exact the clock is. */
  #placeOf({ at }: Change): number {
    const older = this.#changes.findIndex((one) => one.at <= at)
    return older < 0 ? this.#changes.length : older
  }
}

function isOfSame(one: Change, other: Change): boolean {
  return one.workload === other.workload && one.container === other.container
}

type Told = Omit<Change, 'workload' | 'container'>

/** What must have been done, so that a container's state is what it is; without the one before, the last thing. */
function changesTo(state: ContainerState, before: ContainerState | undefined, now: Date): Told[] {
  const { phase, image, why, seen } = state
  const told: Told[] = []
  const began = timeOf(state.at)
  const isNew =
    before === undefined || (['phase', 'at', 'image', 'why'] as const).some((name) => before[name] !== state[name])
  // It has a state for nothing but what was seen.
  const isSightAlone = why === WATCHED && seen !== undefined
  if (isNew && !isSightAlone && began !== undefined) {
    // The state says when the image was set, not when that was decided.
    const at = before?.at === state.at ? now.toISOString() : began
    const what = phase === 'done' && before?.phase === 'soaking' ? 'soaked' : BEGAN[phase]
    const from = (phase === 'rolling' ? state.from : before?.image) ?? image
    told.push({ at, what, from, to: image, why })
  }
  const isSeen = seen && (seen.digest !== before?.seen?.digest || seen.isAnnounced !== before.seen.isAnnounced)
  const at = isSeen ? timeOf(seen.at) : undefined
  if (isSeen && at !== undefined)
    told.push({ at, what: seen.isAnnounced ? 'waiting' : 'seen', from: image, to: image, why: `${seen.digest} waits.` })
  return told
}

/** Anybody may have written it. */
function timeOf(text: string): string | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}
