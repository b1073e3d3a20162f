import { CHANGE } from './change.ts'
import { MACHINE, type Seen } from './machine.ts'
import { type Operation, RefusedOperationError } from './operation.ts'
import type { State } from './state.ts'
import { undo } from './undo.ts'

export interface Applied {
  /** Undefined: it was carried out. */
  refused: number | undefined
  state: State
}

/** What an operation makes of a state, which stays as it is. */
export function apply(state: State, operation: Operation, seen: Seen): Applied {
  const next = structuredClone(state)
  try {
    if (operation.kind === 'match' || operation.kind === 'cluster' || operation.kind === 'group')
      MACHINE[operation.kind](next, seen, operation.number)
    else if (operation.kind === 'undo') undo(next, operation)
    else CHANGE[operation.kind](next, operation as never)
    return { refused: undefined, state: next }
  } catch (error) {
    if (!(error instanceof RefusedOperationError)) throw error
    return { refused: error.status, state }
  }
}
