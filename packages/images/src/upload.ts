import { realpath, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PathRefused } from './path.ts'
import type { ImageRoots } from './roots.ts'

/** Whether the path is one that an upload gets: `uploads/<sha256 in hex>.jpg|png|webp`, relative to UNKNOWN_PEOPLE. */
export function isUpload(path: string): boolean {
  return /^uploads\/[0-9a-f]{64}\.(jpg|png|webp)$/.test(path)
}

/** Removes the file of an upload; false when it is gone already. Throws PathRefused for any other picture: those are not ours. */
export async function removeUpload(roots: ImageRoots, path: string): Promise<boolean> {
  if (!isUpload(path)) throw new PathRefused('Only uploads are removed; this picture belongs to someone else.')
  try {
    const root = await realpath(roots.unknownPeople)
    const folder = join(root, 'uploads')
    if ((await realpath(folder)) !== folder) throw new PathRefused('The folder of uploads is a link to somewhere else.')
    await unlink(join(root, path))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
