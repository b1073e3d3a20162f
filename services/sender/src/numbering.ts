import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@livepods/spool'

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
  await replaceFile(join(folder, FILE), `${JSON.stringify(numbering)}\n`)
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
