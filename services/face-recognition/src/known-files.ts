import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface KnownFile {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** Changes whenever the file does. */
  stamp: string
}

/** Names that can be pictures. */
export const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i
/** Folders in folders deeper than this are left out: links may go in circles. */
const MAX_DEPTH = 8

/**
 * All pictures by name in a folder and its folders, sorted; a missing folder has none. Hidden files (such as a ConfigMap's) are left out,
 * and so are links to folders elsewhere.
 */
export async function listKnownFiles(root: string): Promise<KnownFile[]> {
  const [real] = await orNothing(realpath(root).then((path) => [path]))
  if (real === undefined) return []
  const files = await listFolder(real, '', 0)
  return files.sort((one, other) => (one.name < other.name ? -1 : 1))
}

async function listFolder(root: string, folder: string, depth: number): Promise<KnownFile[]> {
  if (depth > MAX_DEPTH) return []
  const files: KnownFile[] = []
  for (const entry of await orNothing(readdir(join(root, folder), { withFileTypes: true }))) {
    if (entry.name.startsWith('.')) continue
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    const isLink = entry.isSymbolicLink()
    if (!isLink && !entry.isDirectory() && !PICTURE.test(name)) continue
    const [stats] = await orNothing(stat(join(root, name), { bigint: true }).then((stats) => [stats]))
    if (stats?.isDirectory()) {
      if (!isLink || (await isInside(root, name))) files.push(...(await listFolder(root, name, depth + 1)))
    } else if (PICTURE.test(name)) files.push({ name, stamp: stats ? stampOf(stats) : 'gone' })
  }
  return files
}

async function isInside(root: string, name: string): Promise<boolean> {
  const [real = ''] = await orNothing(realpath(join(root, name)).then((path) => [path]))
  return real === root || real.startsWith(`${root}/`)
}

/** The same file as a look at its folder would see it now; undefined when there is none. */
export async function statKnownFile(root: string, name: string): Promise<KnownFile | undefined> {
  const [stats] = await orNothing(stat(join(root, name), { bigint: true }).then((stats) => [stats]))
  return stats && { name, stamp: stampOf(stats) }
}

/** Without the device: a volume has another number each time that it is mounted, and its files are the same. */
function stampOf({ ino, size, mtimeNs, ctimeNs }: Record<'ino' | 'size' | 'mtimeNs' | 'ctimeNs', bigint>): string {
  return [ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join(':')
}

/** A file that goes away, or may not be read, while it is listed is the affair of whoever opens it. */
async function orNothing<T>(list: Promise<T[]>): Promise<T[]> {
  try {
    return await list
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return []
  }
}
