import type { PipelineProcess } from './pipeline-status.ts'

export interface BreakerStatus {
  state: 'open' | 'closed'
  nextPingAt: Date | undefined
  /** Oldest first. */
  history: { at: Date; to: string; reason: string }[]
}

/** The part `breaker` of a status, or undefined when it is not there or not one. */
export function breakerStatus(part: unknown): BreakerStatus | undefined {
  if (typeof part !== 'object' || part === null) return undefined
  const { state, nextPingAt, history } = part as Record<string, unknown>
  if (state !== 'open' && state !== 'closed') return undefined
  const transitions = (Array.isArray(history) ? history : []) as { at?: unknown; to?: unknown; reason?: unknown }[]
  return {
    state,
    nextPingAt: moment(nextPingAt),
    history: transitions.flatMap(({ at, to, reason }) => {
      const when = moment(at)
      return when ? [{ at: when, to: String(to), reason: String(reason ?? '') }] : []
    }),
  }
}

/** The breaker of all processes that have one: open when any is. */
export function breakerOf(processes: PipelineProcess[]): BreakerStatus | undefined {
  const all = processes.flatMap(({ status }) => breakerStatus(status?.parts.breaker) ?? [])
  return all.find(({ state }) => state === 'open') ?? all[0]
}

function moment(text: unknown): Date | undefined {
  const at = typeof text === 'string' ? new Date(text) : undefined
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}
