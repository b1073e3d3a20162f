import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { ImageMissingError, ImageRoots, openImage, StoreUnavailableError } from '@livepods/images'
import { ChangeImpossibleError, ImageGoneError } from './known-change-error.ts'
import {
  folderId,
  type KnownFile,
  type LeftOut,
  statKnownFile,
  type UnreadablePart,
  visitKnownFiles,
} from './known-files.ts'
import { FolderHints, type Hints } from './known-hints.ts'
import { ChangeRefusedError } from './known-name.ts'
import { DELETED, deletedName, type KnownStore } from './known-store.ts'
import { KnownStoreAwayError } from './known-store-away.ts'

const TEMPORARY = /^\.adding-/
/** What is older was left by a crash: no picture takes so long to be written. */
const LEFT_AFTER_MS = 3_600_000

/**
 * Known people in a folder. Every change is one atomic step on disk, so that a crash leaves the state before or after it (at worst an
 * empty or hidden file, which is no picture).
 */
export class KnownFolder implements KnownStore {
  readonly #root: string
  readonly #roots: ImageRoots
  /** The folder that the last visit saw: in another one, such as the mount point of a volume that went, nothing is changed. */
  #visited: string | undefined
  #isClean = false

  constructor(root: string) {
    this.#root = root
    this.#roots = new ImageRoots({ unknownPeople: root, knownPeople: root })
  }

  /** What cannot be removed stays. */
  async clean(): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const path = join(this.#root, name)
      if (!TEMPORARY.test(name)) continue
      const stats = await stat(path).catch(() => undefined)
      if (stats && Date.now() - stats.mtimeMs > LEFT_AFTER_MS) await rm(path, { force: true }).catch(() => {})
    }
    // Of people whose deletion can no longer be undone.
    for (const person of await readdir(join(this.#root, DELETED)).catch(() => []))
      if (Date.now() - (await this.#lastDeleted(person)) > LEFT_AFTER_MS) await this.purge(person).catch(() => {})
  }

  async visit(
    visit: (file: KnownFile) => void,
    unreadable: (part: UnreadablePart) => void,
    leftOut?: (file: LeftOut) => void,
  ): Promise<void> {
    this.#visited = await orAway(visitKnownFiles(this.#root, visit, unreadable, leftOut))
    if (!this.#isClean) await this.clean()
    this.#isClean = true
  }

  async ping(): Promise<void> {
    const present = await orAway(folderId(this.#root))
    if (this.#visited !== undefined && present !== this.#visited) throw replaced()
  }

  async stat(name: string): Promise<KnownFile | undefined> {
    const file = await statKnownFile(this.#root, name).catch((error) => {
      throw new StoreUnavailableError(`A known image cannot be read (${codeOf(error)}). Try again later.`, {
        cause: error,
      })
    })
    if (!file) await this.ping()
    return file
  }

  async open(name: string, options: { maxBytes: number }): Promise<Buffer> {
    try {
      return await openImage(this.#roots, `/known_people/${name}`, options)
    } catch (error) {
      if (error instanceof ImageMissingError) await this.ping()
      throw error
    }
  }

  hints(): Hints {
    return new FolderHints(this.#root)
  }

  async put(name: string, bytes: Uint8Array): Promise<boolean> {
    return await orImpossible(async () => {
      // The first image makes the root. Later its volume is away: where it will be mounted, the image would be hidden.
      if (this.#visited === undefined) await mkdir(this.#root, { recursive: true })
      await using root = await this.#open('.')
      await mkdir(join(root.path, dirname(name)), { recursive: true })
      await using folder = await this.#open(dirname(name))
      const temporary = join(root.path, `.adding-${randomUUID()}`)
      try {
        await writeWhole(temporary, bytes)
        // Unlike a rename, a link never replaces what has that name.
        if (!(await unlessTaken(link(temporary, folder.of(name))))) return false
      } finally {
        await rm(temporary, { force: true })
        await this.#removeEmpty(dirname(name))
      }
      await folder.handle.sync()
      await root.handle.sync()
      return true
    })
  }

  /** The folder too when nothing else is in it. */
  async remove(name: string): Promise<boolean> {
    return await orImpossible(async () => {
      await using folder = await this.#openIfThere(dirname(name))
      if (!folder || !(await unlessMissing(unlink(folder.of(name))))) return false
      await folder.handle.sync()
      await this.#removeEmpty(dirname(name))
      return true
    })
  }

  async move(name: string, to: string): Promise<boolean> {
    return await orImpossible(async () => {
      await using source = await this.#open(dirname(name))
      // One that is only set aside, or comes back, stays what it is.
      const stays = name.startsWith(DELETED) || to.startsWith(DELETED)
      if (!(await lstat(source.of(name))).isFile() && !stays)
        throw new ChangeImpossibleError('The image is a link; move what it leads to.')
      await using root = await this.#open('.')
      await mkdir(join(root.path, dirname(to)), { recursive: true })
      await using target = await this.#open(dirname(to))
      if (!(await reserve(target.of(to)))) return false
      await rename(source.of(name), target.of(to))
      await target.handle.sync()
      await source.handle.sync()
      await this.#removeEmpty(dirname(name))
      return true
    })
  }

  async deleted(person: string): Promise<string[]> {
    const folder = join(this.#root, deletedName(person, ''))
    const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  }

  async purge(person: string): Promise<void> {
    await orImpossible(async () => {
      {
        await using folder = await this.#openIfThere(DELETED.slice(0, -1))
        if (!folder) return
        await rm(folder.of(person), { recursive: true, force: true })
        await folder.handle.sync()
      }
      await this.#removeEmpty(DELETED)
    })
  }

  /** When the last picture of that person was set aside, in milliseconds since 1970. */
  async #lastDeleted(person: string): Promise<number> {
    const times = (await this.deleted(person)).map(async (name) => {
      const stats = await lstat(join(this.#root, deletedName(person, name))).catch(() => undefined)
      return stats?.ctimeMs ?? 0
    })
    return Math.max(0, ...(await Promise.all(times)))
  }

  async #openIfThere(folder: string): Promise<OpenFolder | undefined> {
    try {
      return await this.#open(folder)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** A folder in the root, itself and not through a link: a change there stays there whatever the path means a moment later. */
  async #open(folder: string): Promise<OpenFolder> {
    await this.ping()
    const expected = join(await realpath(this.#root), folder)
    const handle = await open(expected, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    const path = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : expected
    if ((await realpath(path)) !== expected) {
      await handle.close()
      throw new ChangeImpossibleError('A folder of the known people is a link; change what it leads to.')
    }
    return new OpenFolder(handle, path)
  }

  /** A person without an image leaves no folder behind; that of the root stays. */
  async #removeEmpty(folder: string): Promise<void> {
    if (folder !== '.') await rmdir(join(this.#root, folder)).catch(() => {})
  }
}

class OpenFolder implements AsyncDisposable {
  readonly handle: FileHandle
  readonly path: string

  constructor(handle: FileHandle, path: string) {
    this.handle = handle
    this.path = path
  }

  /** The path of a file in this folder, by its name relative to the root. */
  of(name: string): string {
    return join(this.path, name.slice(name.lastIndexOf('/') + 1))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close()
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o644)
  await file.writeFile(bytes)
  await file.sync()
}

/**
 * Takes a name by an empty file, that a rename may then replace. An empty file that is there already was left by a crash between the two.
 * (A link to the new name before the old one goes would, after a crash, be a picture of two people.)
 */
async function reserve(path: string): Promise<boolean> {
  if (await unlessTaken(open(path, 'wx', 0o644).then((file) => file.close()))) return true
  const stats = await lstat(path)
  return stats.isFile() && stats.size === 0
}

async function unlessTaken(change: Promise<void>): Promise<boolean> {
  return await unless('EEXIST', change)
}

async function unlessMissing(change: Promise<void>): Promise<boolean> {
  return await unless('ENOENT', change)
}

async function unless(code: string, change: Promise<void>): Promise<boolean> {
  try {
    await change
    return true
  } catch (error) {
    if (codeOf(error) === code) return false
    throw error
  }
}

const GONE = 'The image, or its folder, went away in the meantime.'
const READ_ONLY = 'The known people are read-only for this service: change the folder itself, or let it write there.'
const FULL = 'There is no room left where the known people are.'
const IN_THE_WAY = 'Something that is no folder, or a link, has the name of the person.'

const SENTENCES: Record<string, string> = {
  EROFS: READ_ONLY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENOTDIR: IN_THE_WAY,
  ELOOP: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  EISDIR: 'The name is that of a folder.',
}

async function orImpossible<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof KnownStoreAwayError) throw error
    const code = codeOf(error)
    if (code === 'ENAMETOOLONG')
      throw new ChangeRefusedError('The name is too long for the file system.', { cause: error })
    if (code === 'ENOENT') throw new ImageGoneError(GONE, { cause: error })
    const sentence = SENTENCES[code]
    throw sentence === undefined ? error : new ChangeImpossibleError(sentence, { cause: error })
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ''

const replaced = () =>
  new KnownStoreAwayError(
    'The folder of known people was just unmounted, mounted or replaced. Try again in a few seconds.',
  )

const AWAY: Record<string, string> = {
  ENOENT: 'The folder of known people is not there: mount its volume, or make the folder (KNOWN_PEOPLE).',
  ENOTDIR: 'KNOWN_PEOPLE names something that is no folder.',
  EACCES: 'The folder of known people may not be read by this service: change its permissions.',
  EPERM: 'The folder of known people may not be read by this service: change its permissions.',
  ESTALE: 'The volume of the known people is gone or was replaced: mount it again.',
  ENOTCONN: 'The volume of the known people lost its server: mount it again.',
}

/** What the system says of the folder itself. */
async function orAway<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    const code = codeOf(error)
    if (code === '') throw error
    const sentence = AWAY[code] ?? `The folder of known people cannot be read (${code}): look at its volume.`
    throw new KnownStoreAwayError(sentence, { cause: error, absent: code === 'ENOENT' })
  }
}
