import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface KnownFile {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** Changes whenever the file does. */
  stamp: string
}

/** A file, or a folder with all that is in it, that is there and cannot be read. */
export interface UnreadablePart {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** As the system names the fault, such as EIO. */
  code: string
}

/** Names that can be pictures. */
export const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i
/** Folders in folders deeper than this are left out: links may go in circles. */
const MAX_DEPTH = 8
/** Files that the file system is asked for together, which takes half the time. */
const AT_ONCE = 64

/**
 * Visits all pictures by name in a folder and its folders. Hidden files (such as a ConfigMap's) are left out, and so are links to folders
 * elsewhere. Nothing is kept of what was visited: there may be very many, and a scan finds them unchanged. What cannot be read is no
 * deletion: it is told to `unreadable`. Rejects as the system does when that is the folder itself. Resolves with which folder it was.
 */
export async function visitKnownFiles(
  root: string,
  visit: (file: KnownFile) => void,
  unreadable: (part: UnreadablePart) => void = () => {},
): Promise<string> {
  const real = await realpath(root)
  const before = await folderId(real)
  await visitFolder({ root: real, visit, unreadable }, '', 0)
  // What was there a moment ago and is not now was unmounted or moved, and not one by one deleted.
  if ((await folderId(root)) !== before)
    throw Object.assign(new Error(`${root} was replaced while it was read`), { code: 'ESTALE' })
  return before
}

interface Visit {
  root: string
  visit: (file: KnownFile) => void
  unreadable: (part: UnreadablePart) => void
}

async function visitFolder(visited: Visit, folder: string, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) return
  const { root, visit, unreadable } = visited
  const all = await readdir(join(root, folder), { withFileTypes: true }).catch((error) => {
    if (folder === '') throw error
    if (!isGone(error)) unreadable({ name: folder, code: codeOf(error) })
    return []
  })
  const entries = all.filter(
    (entry) =>
      !entry.name.startsWith('.') && (entry.isSymbolicLink() || entry.isDirectory() || PICTURE.test(entry.name)),
  )
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE).map(async (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      const stats = entry.isDirectory() ? undefined : await statsOf(join(root, name)).catch((error) => codeOf(error))
      return { entry, name, stats }
    })
    for (const { entry, name, stats } of await Promise.all(some)) {
      if (typeof stats === 'string') unreadable({ name, code: stats })
      else if (entry.isDirectory() || stats?.isDirectory()) {
        if (!entry.isSymbolicLink() || (await isInside(visited, name))) await visitFolder(visited, name, depth + 1)
      } else if (PICTURE.test(name)) {
        if (stats) visit({ name, stamp: stampOf(stats) })
        // A link that leads nowhere is listed, so that it is reported.
        else if (entry.isSymbolicLink()) visit({ name, stamp: 'gone' })
      }
    }
  }
}

/** Undefined when there is none. */
async function statsOf(path: string) {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

async function isInside({ root, unreadable }: Visit, name: string): Promise<boolean> {
  try {
    const real = await realpath(join(root, name))
    return real === root || real.startsWith(`${root}/`)
  } catch (error) {
    if (!isGone(error)) unreadable({ name, code: codeOf(error) })
    return false
  }
}

/** The same file as a scan of its folder would see it now; undefined when there is none. Rejects as the system does when it cannot be told. */
export async function statKnownFile(root: string, name: string): Promise<KnownFile | undefined> {
  const stats = await statsOf(join(root, name))
  return stats && { name, stamp: stampOf(stats) }
}

/** Differs when another folder, or volume, is at that path. */
export async function folderId(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true })
  return `${dev}:${ino}`
}

/** Without the device: a volume has another number each time that it is mounted, and its files are the same. */
function stampOf({ ino, size, mtimeNs, ctimeNs }: Record<'ino' | 'size' | 'mtimeNs' | 'ctimeNs', bigint>): string {
  return [ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join(':')
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

const isGone = (error: unknown) => GONE.has((error as NodeJS.ErrnoException).code ?? '')

/** Of what the system said; anything else is thrown. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return code
}
