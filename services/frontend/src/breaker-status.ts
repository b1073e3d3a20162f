import type { PipelineProcess } from './pipeline-status.ts'

export interface BreakerStatus {
  state: 'open' | 'closed'
  nextPingAt: Date | undefined
  /** Oldest first. */
  history: Transition[]
}

interface Transition {
  at: Date
  to: string
  reason: string
  /** Whose breaker it was; empty: not known. */
  process: string
}

/** The part `breaker` of a status, or undefined when it is not there or not one. */
export function breakerStatus(part: unknown): BreakerStatus | undefined {
  if (typeof part !== 'object' || part === null) return undefined
  const { state, nextPingAt, history } = part as Record<string, unknown>
  if (state !== 'open' && state !== 'closed') return undefined
  const transitions = (Array.isArray(history) ? history : []) as Partial<Record<keyof Transition, unknown>>[]
  return {
    state,
    nextPingAt: moment(nextPingAt),
    history: transitions.flatMap(({ at, to, reason, process }) => {
      const when = moment(at)
      return when ? [{ at: when, to: String(to), reason: String(reason ?? ''), process: String(process ?? '') }] : []
    }),
  }
}

/** The breaker of all processes that have one: open when any is, with what happened to any of them, each once. */
export function breakerOf(processes: PipelineProcess[]): BreakerStatus | undefined {
  const all = processes.flatMap(({ status }) => breakerStatus(status?.parts.breaker) ?? [])
  const shown = all.find(({ state }) => state === 'open') ?? all[0]
  const transitions = new Map(all.flatMap(({ history }) => history.map((one) => [JSON.stringify(one), one])))
  const history = [...transitions.values()].sort((one, other) => one.at.getTime() - other.at.getTime())
  return shown && { ...shown, history }
}

function moment(text: unknown): Date | undefined {
  const at = typeof text === 'string' ? new Date(text) : undefined
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}
