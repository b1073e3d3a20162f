import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** How the records of a spool become numbers of a stream. */
export interface Numbering {
  /** Of the stream, before ~. */
  name: string
  /** Records of the spool's epoch `of` with a count above `above` belong to the stream of another epoch. */
  renumbered?: { of: string; above: number; epoch: string }
}

const FILE = 'stream.json'

/** That of the stream whose spool is in `folder`; a new one has `name`. */
export async function openNumbering(folder: string, name: string): Promise<Numbering> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Numbering
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await saveNumbering(folder, { name })
  return { name }
}

/** Durable when it resolves. */
export async function saveNumbering(folder: string, numbering: Numbering): Promise<void> {
  const path = join(folder, FILE)
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify(numbering)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const parent = await open(dirname(path), 'r')
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
}

/** The number of a record, and in which stream. */
export function numberOf(
  { epoch, count }: { epoch: string; count: number },
  { name, renumbered }: Numbering,
): { stream: string; seq: number } {
  if (renumbered?.of === epoch && count > renumbered.above)
    return { stream: `${name}~${renumbered.epoch}`, seq: count - renumbered.above }
  return { stream: `${name}~${epoch}`, seq: count }
}
