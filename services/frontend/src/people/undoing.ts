import { Problem } from '@livepods/http'
import type { Session } from '@livepods/sql'
import { undoAdding } from './adding.ts'
import { refuseUndoApart, undoApart } from './apart.ts'
import { type Action, type Change, findChange } from './change-log.ts'
import { refuseUndoDeleting, undoDeleting } from './deleting.ts'
import { refuseUndoMerging, undoMerging } from './merging.ts'
import { refuseUndoNaming, undoNaming } from './naming.ts'
import { refuseUndoRemoving, undoRemoving } from './removing.ts'
import { refuseUndoRenaming, undoRenaming } from './renaming.ts'
import { refuseUndoSplitting, undoSplitting } from './splitting.ts'
import { refuseMissing } from './undo-checks.ts'
import type { Work } from './work.ts'

type Undo = (work: Work, change: Change<never>) => Promise<void>
type Refuse = (session: Session, change: Change<never>) => Promise<void>

/** `before` is what the action of the same name wrote. */
export const UNDO: Partial<Record<Action, Undo>> = {
  name: undoNaming,
  rename: undoRenaming,
  add: undoAdding,
  'remove-image': undoRemoving,
  merge: undoMerging,
  split: undoSplitting,
  apart: undoApart,
  delete: undoDeleting,
}

/** They read what they compare where it lies, since what a page shows of a change has no faces and no pictures. */
const REFUSE: Partial<Record<Action, Refuse>> = {
  name: refuseUndoNaming,
  rename: refuseUndoRenaming,
  'remove-image': refuseUndoRemoving,
  merge: refuseUndoMerging,
  split: refuseUndoSplitting,
  apart: refuseUndoApart,
  delete: refuseUndoDeleting,
}

/** Not all of those whom these concern are there afterwards. */
const NOT_ALL_THERE: Action[] = ['merge', 'delete']

/** Takes a change back. Throws Problem 409 when it was, or when what it did was changed since. */
export async function undoChange(work: Work, id: string): Promise<void> {
  const change = await findChange(work.session, id)
  const undo = change && UNDO[change.action]
  if (!change || !undo) throw new Problem(404, 'There is no such change, or it cannot be undone.')
  await refuseUndo(work.session, change)
  await undo(work, change as Change<never>)
}

/** Whether the undo of a change would be carried out as things are. */
export async function canUndo(session: Session, change: Change): Promise<boolean> {
  if (!UNDO[change.action]) return false
  try {
    await refuseUndo(session, change)
    return true
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return false
    throw error
  }
}

async function refuseUndo(session: Session, change: Change): Promise<void> {
  const { action, before, undoneAt } = change
  if (undoneAt) throw new Problem(409, 'This is undone already.')
  if (before.state === 'doing') throw new Problem(409, 'This is not finished yet. Try again in a few seconds.')
  // It was begun, and goes on from where it was cut.
  if (before.state === 'undoing') return
  if (!NOT_ALL_THERE.includes(action)) await refuseMissing(session, before.people)
  await REFUSE[action]?.(session, change as Change<never>)
}
