import { Problem } from '@livepods/http'
import { undoAdding } from './adding.ts'
import { undoApart } from './apart.ts'
import { type Action, type Change, findChange } from './change-log.ts'
import { undoMerging } from './merging.ts'
import { undoNaming } from './naming.ts'
import { undoRemoving } from './removing.ts'
import { undoRenaming } from './renaming.ts'
import { undoSplitting } from './splitting.ts'
import type { Work } from './work.ts'

type Undo = (work: Work, change: Change<never>) => Promise<void>

/** `before` is what the action of the same name wrote. */
export const UNDO: Partial<Record<Action, Undo>> = {
  name: undoNaming,
  rename: undoRenaming,
  add: undoAdding,
  'remove-image': undoRemoving,
  merge: undoMerging,
  split: undoSplitting,
  apart: undoApart,
}

/** Takes a change back. Throws Problem 409 when it was, or when what it did was changed since. */
export async function undoChange(work: Work, id: string): Promise<void> {
  const change = await findChange(work.session, id)
  const undo = change && UNDO[change.action]
  if (!change || !undo) throw new Problem(404, 'There is no such change, or it cannot be undone.')
  if (change.undoneAt) throw new Problem(409, 'This is undone already.')
  if (change.before.state === 'doing') throw new Problem(409, 'This is not finished yet. Try again in a few seconds.')
  await undo(work, change as Change<never>)
}
