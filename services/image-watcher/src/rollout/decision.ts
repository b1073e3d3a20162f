import type { Container } from '../cluster/workload.ts'
import { type GateSettings, type Refusal, refusalOf } from '../policy/gates.ts'
import { imageOf, parseReference, type Reference } from '../registry/reference.ts'
import { stillBad, withBad } from './memory.ts'
import { isApplier, isContested, isOurs, isUndo } from './people.ts'
import { type ContainerState, WATCHED } from './state.ts'
import type { Verdict } from './verdict.ts'

/** All that a decision follows from. */
export interface Facts {
  container: Container
  state: ContainerState | undefined
  /** Of the pods of its workload. */
  verdict: Verdict
  /** What the registry says; absent: it is not known at the moment. */
  candidate?: { tag: string; digest: string; unsigned?: string } | undefined
  /** Of livepods.dev, without that prefix. */
  annotations: Record<string, string>
  settings: GateSettings
  now: Date
  /** For so long restarts are watched after it came up; 0: not at all. */
  soakMs: number
  /** Of its new pods, while it is soaking; absent: they are not known. */
  restarts?: number | undefined
}

/**
 * - none: nothing to do
 * - note: the state changes, and the image does not
 * - roll, undo: the image changes
 */
export type Decision =
  | { action: 'none'; why: string; gate?: Refusal['gate'] }
  | { action: 'note'; what: Noted; why: string; state: ContainerState; gate?: Refusal['gate'] }
  | { action: 'roll' | 'undo'; why: string; image: string; state: ContainerState }

type Noted = 'done' | 'soaked' | 'followed' | 'held' | 'contested' | 'seen' | 'waiting'

/** One restart may have another reason. */
const RESTARTS = 2

/** What to do with a container. Throws InvalidReferenceError for an image that has no name. */
export function decide(facts: Facts): Decision {
  const { container, state } = facts
  if (state && state.image !== container.image) return changed(facts, state)
  if (isTakenBack(facts)) return held(facts, state, 'A person undid the rollout.')
  if (state?.phase === 'rolling') return judged(facts, state)
  if (facts.settings.isAsked) return advanced(facts, state)
  if (state?.phase === 'soaking') return soaked(facts, state)
  if (state?.phase === 'contested') return { action: 'none', why: state.why }
  if (state?.phase === 'held' && facts.candidate?.digest === state.held) return { action: 'none', why: state.why }
  return advanced(facts, state)
}

/** Somebody else changed the image after it was set here. */
function changed(facts: Facts, state: ContainerState): Decision {
  const { container, candidate, now } = facts
  const present = parseReference(container.image)
  const former = parseReference(state.image)
  const isPutBack =
    container.image === state.from ||
    container.image === state.origin ||
    (present.name === former.name && present.tag === former.tag && present.digest === undefined)
  const applier = container.owners.find((owner) => !isOurs(owner) && isApplier(owner))
  if (isPutBack && applier && state.phase !== 'held') {
    const putBack = [...(state.putBack ?? []), now.toISOString()].slice(-5)
    if (!isContested(putBack, now))
      return advanced(facts, { ...state, phase: 'followed', image: container.image, putBack })
    const why = `${applier.name} puts its image back again and again. Let it know the digest, or take livepods.dev/watch away.`
    return noted(facts, state, 'contested', { why, putBack, manager: applier.name })
  }
  if (isPutBack) return held(facts, state, 'A person put the former image back.')
  // Somebody chose a digest of the tag that is followed, and not the present one.
  const isOlder = present.tag === former.tag && present.digest !== undefined && present.digest !== candidate?.digest
  if (isOlder && present.repository === former.repository) return held(facts, state, 'Somebody chose this digest.')
  return noted(facts, state, 'followed', { why: 'Somebody chose this image.', origin: container.image })
}

/** `kubectl rollout undo` restores the annotations of the former time, too: only who set the image tells that it was no rollout of ours. */
function isTakenBack({ container, state }: Facts): boolean {
  const { owners } = container
  if (owners.length === 0 || owners.some(isOurs)) return false
  if (state === undefined) return owners.every(isUndo)
  return ['rolling', 'soaking', 'done', 'undone'].includes(state.phase) && !owners.some(isApplier)
}

function held(facts: Facts, state: ContainerState | undefined, why: string): Decision {
  const digest = facts.candidate?.digest
  // Without it nobody knew what "moves again" means; until then nothing is rolled out anyway.
  if (digest === undefined) return { action: 'none', why }
  return noted(facts, state, 'held', { why: `${why} It stays until the tag moves again.`, held: digest })
}

function noted(
  { container, now }: Facts,
  state: ContainerState | undefined,
  what: Extract<Noted, ContainerState['phase']>,
  changes: Partial<ContainerState> & { why: string },
): Decision {
  const { origin, bad, putBack } = state ?? {}
  const kept = { ...(origin && { origin }), ...(bad && { bad }), ...(putBack && { putBack }) }
  const at = now.toISOString()
  return {
    action: 'note',
    what,
    why: changes.why,
    state: { ...kept, phase: what, image: container.image, at, ...changes },
  }
}

/** A rollout of ours is under way. */
function judged(facts: Facts, state: ContainerState): Decision {
  const { verdict, now, soakMs } = facts
  const { outcome, why } = verdict
  if (outcome === 'failed') return undone(facts, state, `did not come up: ${why}`)
  if (outcome !== 'done') return { action: 'none', why }
  if (soakMs === 0) return { action: 'note', what: 'done', why, state: { ...state, phase: 'done', why } }
  const until = new Date(now.getTime() + soakMs).toISOString()
  const watched = `${why} Its restarts are watched until ${until}.`
  return { action: 'note', what: 'done', why: watched, state: { ...state, phase: 'soaking', why: watched, until } }
}

/** It came up; does it stay up? */
function soaked(facts: Facts, { until = '', ...state }: ContainerState): Decision {
  const { restarts, now } = facts
  if (restarts !== undefined && restarts >= RESTARTS)
    return undone(facts, state, `came up, and then restarted ${restarts} times.`)
  if (now.getTime() < Date.parse(until)) return { action: 'none', why: state.why }
  const why = restarts === undefined ? 'Its restarts could not be watched.' : `It restarted ${restarts} times.`
  return { action: 'note', what: 'soaked', why, state: { ...state, phase: 'done', why } }
}

function undone({ container, now }: Facts, state: ContainerState, what: string): Decision {
  const { tag = 'latest', digest } = parseReference(container.image)
  const why = `${digest} ${what}`.slice(0, 500)
  if (state.from === undefined || digest === undefined) return { action: 'none', why }
  return {
    action: 'undo',
    why,
    image: state.from,
    state: {
      phase: 'undone',
      image: state.from,
      at: now.toISOString(),
      why,
      bad: withBad(state.bad, tag, digest),
      ...(state.origin && { origin: state.origin }),
      ...(state.putBack && { putBack: state.putBack }),
    },
  }
}

/** The way to the newest digest, through the gates. */
function advanced(facts: Facts, state: ContainerState | undefined): Decision {
  const { container, candidate, now, annotations, settings } = facts
  const present = parseReference(container.image)
  if (candidate === undefined) return { action: 'none', why: 'The registry does not say what its tag is.' }
  const image = imageOf(present, candidate.tag, candidate.digest)
  if (image === container.image) return { action: 'none', why: 'It is the newest.' }
  const next = nextState(facts, state, image)
  const wanted = { host: present.host, ...candidate, seenAt: new Date(next.seen.at) }
  const refusal = refusalOf({ wanted, annotations, state: next, settings, now })
  if (refusal) {
    const { gate } = refusal
    const why = `${candidate.digest} waits: ${refusal.why}`
    const known = state?.seen?.digest === candidate.digest ? state.seen : undefined
    // People are told once that it waits for them.
    const seen = { ...next.seen, isAnnounced: true as const }
    if (gate === 'approval' && !known?.isAnnounced)
      return { action: 'note', what: 'waiting', why, gate, state: withSight(facts, state, { ...next, seen }) }
    // Its first sight counts from now on, also after a restart.
    if (gate === 'cool-down' && !known)
      return { action: 'note', what: 'seen', why, gate, state: withSight(facts, state, next) }
    return { action: 'none', why, gate }
  }
  const { seen, ...rolling } = next
  return { action: 'roll', why: next.why, image, state: rolling }
}

/** The state as it is, and what was seen. */
function withSight(
  { container, now }: Facts,
  state: ContainerState | undefined,
  { seen, bad }: Pick<ContainerState, 'seen' | 'bad'>,
): ContainerState {
  const { bad: _, ...kept } = state ?? {
    phase: 'followed' as const,
    image: container.image,
    at: now.toISOString(),
    why: WATCHED,
  }
  return { ...kept, image: container.image, ...(seen && { seen }), ...(bad && { bad }) }
}

/** What the state will be with this image; the sight of its digest in it. */
function nextState(
  { container, candidate, now }: Facts,
  state: ContainerState | undefined,
  image: string,
): ContainerState & Required<Pick<ContainerState, 'seen'>> {
  const { tag, digest } = candidate as NonNullable<Facts['candidate']>
  const at = now.toISOString()
  const bad = stillBad(state?.bad, tag, digest)
  return {
    phase: 'rolling',
    image,
    from: container.image,
    origin: state?.origin ?? container.image,
    at,
    why: whyOf(parseReference(container.image), tag, digest),
    seen: state?.seen?.digest === digest ? state.seen : { digest, at },
    ...(bad && { bad }),
    ...(state?.putBack && { putBack: state.putBack }),
  }
}

function whyOf(present: Reference, tag: string, digest: string): string {
  const from = present.tag ?? 'latest'
  return from === tag ? `${tag} is ${digest}.` : `${tag} follows ${from}; it is ${digest}.`
}
