import { isBad } from '../rollout/memory.ts'
import type { ContainerState } from '../rollout/state.ts'
import { lacksApproval } from './approval.ts'
import { coolDownMs } from './cool-down.ts'
import { AnnotationError } from './errors.ts'
import { isWithinWindow } from './window.ts'

/** What could be rolled out. */
export interface Wanted {
  host: string
  tag: string
  digest: string
  /** Why its signature does not let it through. */
  unsigned?: string | undefined
  /** When this digest was first seen here. */
  seenAt: Date
}

export interface GateSettings {
  /** Registries that images may come from; absent: all. */
  registries?: readonly string[] | undefined
  /** Why nothing is rolled out anywhere. */
  freeze?: string | undefined
  /** Rollouts that may begin now. */
  free: number
  /** A person asks for this very rollout: what only puts one off does not count. */
  isAsked?: boolean | undefined
}

export interface GateFacts {
  wanted: Wanted
  /** Of livepods.dev, without that prefix. */
  annotations: Record<string, string>
  state: ContainerState
  settings: GateSettings
  now: Date
}

/** One word for programs, a sentence for people. */
export interface Refusal {
  gate:
    | 'registry'
    | 'bad'
    | 'skipped'
    | 'signature'
    | 'cool-down'
    | 'window'
    | 'approval'
    | 'freeze'
    | 'busy'
    | 'annotation'
  why: string
}

/** The first gate that does not let a digest through; undefined: none, it is rolled out. */
export function refusalOf(facts: GateFacts): Refusal | undefined {
  try {
    return firstRefusal(facts)
  } catch (error) {
    // A gate that cannot be read lets nothing through.
    if (error instanceof AnnotationError) return { gate: 'annotation', why: error.message }
    throw error
  }
}

function firstRefusal({ wanted, annotations, state, settings, now }: GateFacts): Refusal | undefined {
  const { host, tag, digest, unsigned, seenAt } = wanted
  const { registries, freeze, free, isAsked } = settings
  if (registries && !registries.includes(host))
    return { gate: 'registry', why: `${host} is none of the registries that are allowed.` }
  const { skip, window } = annotations
  if (!isAsked && isBad(state, tag, digest)) return { gate: 'bad', why: 'It failed before; the tag has to move first.' }
  if (!isAsked && (skip === 'true' || skip?.split(',').some((one) => one.trim() === digest)))
    return { gate: 'skipped', why: 'The annotation livepods.dev/skip says so.' }
  if (unsigned !== undefined) return { gate: 'signature', why: unsigned }
  if (isAsked) return undefined
  const ms = coolDownMs(annotations['cool-down'], seenAt, now)
  if (ms > 0)
    return {
      gate: 'cool-down',
      why: `First seen ${seenAt.toISOString()}; it waits until ${new Date(now.getTime() + ms).toISOString()}.`,
    }
  if (window !== undefined && !isWithinWindow(window, now)) return { gate: 'window', why: `It is not ${window}.` }
  if (lacksApproval(annotations, digest))
    return { gate: 'approval', why: `It waits for the annotation livepods.dev/approved: ${digest}.` }
  if (freeze !== undefined) return { gate: 'freeze', why: `Everything is frozen: ${freeze}` }
  if (free <= 0) return { gate: 'busy', why: 'As many rollouts as may be are under way.' }
  return undefined
}
