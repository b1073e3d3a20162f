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
/** Files that the file system is asked for together, which takes half the time. */
const AT_ONCE = 64

/**
 * Visits all pictures by name in a folder and its folders; a missing folder has none. Hidden files (such as a ConfigMap's) are left out,
 * and so are links to folders elsewhere. Nothing is kept of what was visited: there may be very many, and a look finds them unchanged.
 */
export async function visitKnownFiles(root: string, visit: (file: KnownFile) => void): Promise<void> {
  const [real] = await orNothing(realpath(root).then((path) => [path]))
  if (real !== undefined) await visitFolder(real, '', 0, visit)
}

async function visitFolder(
  root: string,
  folder: string,
  depth: number,
  visit: (file: KnownFile) => void,
): Promise<void> {
  if (depth > MAX_DEPTH) return
  const entries = (await orNothing(readdir(join(root, folder), { withFileTypes: true }))).filter(
    (entry) =>
      !entry.name.startsWith('.') && (entry.isSymbolicLink() || entry.isDirectory() || PICTURE.test(entry.name)),
  )
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE).map(async (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      const stats = entry.isDirectory() ? undefined : await statsOf(join(root, name))
      return { entry, name, stats }
    })
    for (const { entry, name, stats } of await Promise.all(some)) {
      if (entry.isDirectory() || stats?.isDirectory()) {
        if (!entry.isSymbolicLink() || (await isInside(root, name))) await visitFolder(root, name, depth + 1, visit)
      } else if (PICTURE.test(name)) visit({ name, stamp: stats ? stampOf(stats) : 'gone' })
    }
  }
}

async function statsOf(path: string) {
  const [stats] = await orNothing(stat(path, { bigint: true }).then((stats) => [stats]))
  return stats
}

async function isInside(root: string, name: string): Promise<boolean> {
  const [real = ''] = await orNothing(realpath(join(root, name)).then((path) => [path]))
  return real === root || real.startsWith(`${root}/`)
}

/** The same file as a look at its folder would see it now; undefined when there is none. */
export async function statKnownFile(root: string, name: string): Promise<KnownFile | undefined> {
  const stats = await statsOf(join(root, name))
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
