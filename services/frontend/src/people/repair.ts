import { type Session, transact } from '@livepods/sql'
import { type Adding, finishAdding } from './adding.ts'
import { type Action, type Before, type Change, saveChange, unfinishedChanges } from './change-log.ts'
import { finishDeleting, finishDeletions } from './deleting.ts'
import type { KnownImage } from './face-service.ts'
import { finishMerging, type Merging } from './merging.ts'
import { finishNaming, type Naming } from './naming.ts'
import { finishRemoving, type Removing } from './removing.ts'
import { finishSplitting, type Splitting } from './splitting.ts'
import { goOnUndoing } from './undoing.ts'
import type { Work } from './work.ts'

type Finish = (work: Work, id: string, before: never) => Promise<void>

const FINISH: Partial<Record<Action, Finish>> = {
  name: finishNaming satisfies (work: Work, id: string, before: Naming) => Promise<void>,
  add: finishAdding satisfies (work: Work, id: string, before: Adding) => Promise<void>,
  'remove-image': finishRemoving satisfies (work: Work, id: string, before: Removing) => Promise<void>,
  merge: finishMerging satisfies (work: Work, id: string, before: Merging) => Promise<void>,
  split: finishSplitting satisfies (work: Work, id: string, before: Splitting) => Promise<void>,
  delete: finishDeleting satisfies (work: Work, id: string, before: Before) => Promise<void>,
}

/** Removed pictures are kept so long for undo. */
const KEEP_PICTURES_DAYS = 1

/** Goes on with changes that a crash, or a face service that was away, cut in two; then makes rows fit the files. */
export async function repair(work: Work): Promise<void> {
  for (const change of await unfinishedChanges(work.session)) await goOn(work, change)
  await finishDeletions(work)
  await forgetPictures(work.session)
  await alignRows(work)
}

async function goOn(work: Work, change: Change): Promise<void> {
  const { id, action, before } = change
  const finish = FINISH[action]
  try {
    if (before.state === 'undoing') await goOnUndoing(work, change)
    else if (finish) await finish(work, id, before as never)
    else await saveChange(work.session, id, { ...before, state: 'done' })
    work.log.info({ change: id, action }, 'pending change of people finished')
  } catch (error) {
    const { status } = error as { status?: number }
    // The service that is away for one is away for all.
    if (status === undefined || status >= 500) throw error
    work.log.warn({ err: error, change: id, action }, 'pending change of people failed')
    await saveChange(work.session, id, { ...before, state: 'done' })
  }
}

async function forgetPictures(session: Session): Promise<void> {
  await session.change(
    `UPDATE face_changes SET \`before\` = JSON_REMOVE(\`before\`, '$.bytes', '$.portrait.bytes')
      WHERE at < UTC_TIMESTAMP(3) - INTERVAL ${KEEP_PICTURES_DAYS} DAY
        AND COALESCE(JSON_EXTRACT(\`before\`, '$.bytes'), JSON_EXTRACT(\`before\`, '$.portrait.bytes')) IS NOT NULL`,
  )
}

/**
 * Files rule: one that has no row gets it, with the person of its folder; a row whose file is gone goes. Rows are read first, so that
 * none is taken for outdated that is younger than the list of files.
 */
async function alignRows({ session, faces }: Work): Promise<void> {
  const rows = await session.rows<{ image_name: string }>('SELECT image_name FROM person_images')
  const { images: files, isWhole } = await faces.listing()
  const names = new Set(files.map(({ imageName }) => imageName))
  const present = new Set(rows.map(({ image_name }) => image_name))
  // A volume that is away is no reason to forget what it has.
  const gone = isWhole ? [...present].filter((name) => !names.has(name)) : []
  for (let at = 0; at < gone.length; at += 1000)
    await session.change('DELETE FROM person_images WHERE image_name IN (?)', [gone.slice(at, at + 1000)])
  for (const file of files) if (!present.has(file.imageName)) await addRow(session, file)
}

async function addRow(session: Session, { imageName, person }: KnownImage): Promise<void> {
  if ([...imageName].length > 255 || [...person].length > 255) return
  await transact(session, async (session) => {
    await session.change('INSERT INTO person (name, folder) VALUES (?, ?) ON DUPLICATE KEY UPDATE folder = folder', [
      person,
      person,
    ])
    await session.change(
      `INSERT INTO person_images (image_name, person_id) SELECT ?, id FROM person WHERE folder = ?
        ON DUPLICATE KEY UPDATE image_name = person_images.image_name`,
      [imageName, person],
    )
  })
}
