import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { undoAdding, undoAddingFiles } from './adding.ts'
import { refuseUndoCannotLink, undoCannotLink } from './cannot-link.ts'
import { type Action, type Change, endUndo, findChange, saveUndone } from './change-log.ts'
import { refuseUndoDeleting, undoDeleting, undoDeletingFiles } from './deleting.ts'
import { refuseUndoMerging, undoMerging, undoMergingFiles } from './merging.ts'
import { refuseUndoNaming, undoNaming, undoNamingFiles } from './naming.ts'
import { refuseUndoRemoving, undoRemovingFiles } from './removing.ts'
import { refuseUndoRenaming, undoRenaming } from './renaming.ts'
import { refuseUndoSplitting, undoSplitting, undoSplittingFiles } from './splitting.ts'
import { refuseMissing } from './undo-checks.ts'
import { refuseUnfinished } from './unfinished.ts'
import type { Work } from './work.ts'

/** How changes of one kind are taken back. */
interface Undo {
  /**
   * Throws ProblemError 409 when what the change did was changed since. It reads where it lies: a page's change has no faces and no
   * pictures.
   */
  refuse?: (session: Session, change: Change<never>) => Promise<void>
  /** The rows, in one transaction. */
  rows?: (session: Session, change: Change<never>) => Promise<void>
  /** The known images, and their rows, afterwards. The same again has the same end. */
  files?: (work: Work, change: Change<never>) => Promise<void>
}

const UNDO: Partial<Record<Action, Undo>> = {
  name: { refuse: refuseUndoNaming, rows: undoNaming, files: undoNamingFiles },
  rename: { refuse: refuseUndoRenaming, rows: undoRenaming },
  add: { rows: undoAdding, files: undoAddingFiles },
  'remove-image': { refuse: refuseUndoRemoving, files: undoRemovingFiles },
  merge: { refuse: refuseUndoMerging, rows: undoMerging, files: undoMergingFiles },
  split: { refuse: refuseUndoSplitting, rows: undoSplitting, files: undoSplittingFiles },
  apart: { refuse: refuseUndoCannotLink, rows: undoCannotLink },
  delete: { refuse: refuseUndoDeleting, rows: undoDeleting, files: undoDeletingFiles },
}

/** Not all of those whom these concern are there afterwards. */
const NOT_ALL_THERE: Action[] = ['merge', 'delete']

/** Takes a change back. Throws ProblemError 409 when it was, or when what it did was changed since. */
export async function undoChange(work: Work, id: string): Promise<void> {
  const change = await findChange(work.session, id)
  const undo = change && UNDO[change.action]
  if (!change || !undo) throw new ProblemError(404, 'There is no such change, or it cannot be undone.')
  await refuseUndo(work.session, change)
  await refuseUnfinished(work.session, { people: change.before.people })
  await undoRows(work, change, undo)
  await finishUndoing(work, change).catch((error) => {
    // The undo stands; repair goes on with the rest.
    work.log.warn({ err: error, change: id }, 'change undone; its known images are pending')
  })
}

async function undoRows(work: Work, change: Change, { rows }: Undo): Promise<void> {
  await transact(work.session, async (session) => {
    await rows?.(session, change as Change<never>)
    await saveUndone(session, change.id, change.before)
  })
}

/** The rest of it. */
export async function finishUndoing(work: Work, change: Change): Promise<void> {
  const undo = UNDO[change.action]
  if (!undo) return
  await undo.files?.(work, change as Change<never>)
  await endUndo(work.session, change.id, change.before)
}

/** Goes on with an undo that was cut. One that a frontend of the version before began has its rows still to do. */
export async function goOnUndoing(work: Work, change: Change): Promise<void> {
  if (change.undoneAt === undefined) await undoRows(work, change, UNDO[change.action] ?? {})
  await finishUndoing(work, change)
}

/** Whether the undo of a change would be carried out as things are. */
export async function canUndo(session: Session, change: Change): Promise<boolean> {
  if (!UNDO[change.action]) return false
  try {
    await refuseUndo(session, change)
    return true
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) return false
    throw error
  }
}

async function refuseUndo(session: Session, change: Change): Promise<void> {
  const { action, before, undoneAt } = change
  if (undoneAt) throw new ProblemError(409, 'This is undone already.')
  if (before.state !== 'done') throw new ProblemError(409, 'This is not finished yet. Try again in a few seconds.')
  if (!NOT_ALL_THERE.includes(action)) await refuseMissing(session, before.people)
  await UNDO[action]?.refuse?.(session, change as Change<never>)
}
