import type { PipelineProcess } from './pipeline-status.ts'

/** How far the comparison of stored faces with changed known people is. */
export interface ReMatchStatus {
  done: number
  total: number
}

/** How far the re-match is that runs in one of the processes, or undefined. */
export function reMatchOf(processes: PipelineProcess[]): ReMatchStatus | undefined {
  for (const { status } of processes) {
    const { state, done, total } = (status?.parts.look ?? {}) as Record<string, unknown>
    if (state === 'looking' && typeof done === 'number' && typeof total === 'number' && total > 0)
      return { done: Math.min(done, total), total }
  }
  return undefined
}
