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

/** What is passed over though it may be meant as a known image, and why: a sentence for people. */
export interface LeftOut {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  reason: string
}

/** Names that can be pictures. */
export const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i
/** Names of pictures that are not read. */
export const OTHER_PICTURE = /\.(hei[cf]|jfif|jpe|jp2|jxl|bmp|svg|dng|raw|cr[23]|nef|arw|psd)$/i
/** Folders in folders deeper than this are left out. */
const MAX_DEPTH = 8
/** Files that the file system is asked for together, which takes half the time. */
const AT_ONCE = 64

/** Of what a system puts beside the pictures: thumbnails, snapshots, what was deleted. Also @…, #… and $… of storage systems. */
const SYSTEM = /^([.@#$].*|__MACOSX|lost\+found|System Volume Information|RECYCLER)$/i

/** Why each is passed over: sentences for people. */
export const REASONS = {
  system: 'A folder of the system: nobody is taken for a person by what is in it.',
  notRead: 'Pictures of this kind are not read: save it as JPEG, PNG or WebP.',
  notUtf8: 'Its name is not UTF-8: rename it.',
  deep: `The folder lies more than ${MAX_DEPTH} folders deep.`,
}

/** Whether a folder of that name, at any depth, is not one of people. */
export const isSystemFolder = (name: string): boolean => SYSTEM.test(name)

/**
 * Visits all pictures by name in a folder and its folders, each folder once, however many links lead to it. Hidden files (such as a
 * ConfigMap's) and links to folders elsewhere are left out; what else is passed over is told to `leftOut`, folders of the system once a
 * name. Nothing is kept of what was visited: there may be very many, and a scan finds them unchanged. What cannot be read is no
 * deletion: it is told to `unreadable`. Rejects as the system does when that is the folder itself. Resolves with which folder it was.
 */
export async function visitKnownFiles(
  root: string,
  visit: (file: KnownFile) => void,
  unreadable: (part: UnreadablePart) => void = () => {},
  leftOut: (file: LeftOut) => void = () => {},
): Promise<string> {
  const real = await realpath(root)
  const before = await folderId(real)
  const visited: Visit = {
    root: real,
    visit,
    unreadable,
    leftOut,
    folders: new Set([before]),
    links: [],
    system: new Set(),
  }
  await visitFolder(visited, '', 0)
  // Last, so that a folder is visited under its own name where it has one; links may lead to further links.
  for (const link of visited.links)
    if (await isInside(visited, link.name)) await visitFolder(visited, link.name, link.depth)
  // What was there a moment ago and is not now was unmounted or moved, and not one by one deleted.
  if ((await folderId(root)) !== before)
    throw Object.assign(new Error(`${root} was replaced while it was read`), { code: 'ESTALE' })
  return before
}

interface Visit {
  root: string
  visit: (file: KnownFile) => void
  unreadable: (part: UnreadablePart) => void
  leftOut: (file: LeftOut) => void
  /** Those that were visited. */
  folders: Set<string>
  /** Links to folders. */
  links: { name: string; depth: number }[]
  /** Names of folders of the system that were told: one may lie in every folder. */
  system: Set<string>
}

async function visitFolder(visited: Visit, folder: string, depth: number): Promise<void> {
  const { root, visit, unreadable, leftOut, folders, links, system } = visited
  if (depth > MAX_DEPTH) return leftOut({ name: folder, reason: REASONS.deep })
  if (folder !== '') {
    const id = await folderId(join(root, folder)).catch(() => undefined)
    if (id !== undefined && folders.has(id)) return
    if (id !== undefined) folders.add(id)
  }
  const all = await readdir(join(root, folder), { withFileTypes: true }).catch((error) => {
    if (folder === '') throw error
    if (!isGone(error)) unreadable({ name: folder, code: codeOf(error) })
    return []
  })
  const nameOf = (entry: { name: string }) => (folder === '' ? entry.name : `${folder}/${entry.name}`)
  const entries = all.filter((entry) => {
    if (entry.name.startsWith('.')) return false
    if (entry.name.includes('\ufffd')) leftOut({ name: nameOf(entry), reason: REASONS.notUtf8 })
    else if (entry.isSymbolicLink() || entry.isDirectory()) {
      if (!isSystemFolder(entry.name)) return true
      if (entry.isDirectory() && !system.has(entry.name)) leftOut({ name: nameOf(entry), reason: REASONS.system })
      system.add(entry.name)
    } else if (PICTURE.test(entry.name)) return true
    else if (OTHER_PICTURE.test(entry.name)) leftOut({ name: nameOf(entry), reason: REASONS.notRead })
    return false
  })
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE).map(async (entry) => {
      const name = nameOf(entry)
      const stats = entry.isDirectory() ? undefined : await statsOf(join(root, name)).catch((error) => codeOf(error))
      return { entry, name, stats }
    })
    for (const { entry, name, stats } of await Promise.all(some)) {
      if (typeof stats === 'string') unreadable({ name, code: stats })
      else if (entry.isDirectory()) await visitFolder(visited, name, depth + 1)
      else if (stats?.isDirectory()) links.push({ name, depth: depth + 1 })
      else if (PICTURE.test(name)) {
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
