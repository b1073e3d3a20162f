import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PathRefusedError } from './path.ts'
import type { ImageRoots } from './roots.ts'
import { ageOf, type FileState, stampOfFile } from './stamp.ts'
import { StoreUnavailableError } from './store-errors.ts'

/** No such file. */
export class ImageMissingError extends Error {
  override readonly name = 'ImageMissingError'
  readonly code = 'IMAGE_MISSING'
}

/** The file is no picture that can be decoded: a folder, a pipe, too large, broken, or of another format. */
export class ImageUnreadableError extends Error {
  override readonly name: string = 'ImageUnreadableError'
  readonly code: string = 'IMAGE_UNREADABLE'
  /** The end of the file is missing, or all of it: it may still be being written. */
  readonly cut: boolean
  /** What the file was, where it was opened. */
  readonly file: FileState | undefined

  constructor(
    message: string,
    { cut = false, file, ...options }: ErrorOptions & { cut?: boolean; file?: FileState } = {},
  ) {
    super(message, options)
    this.cut = cut
    this.file = file
  }
}

/** The bytes of a picture, and what its file was when they were read. */
export interface ReadImage extends FileState {
  bytes: Buffer
}

/**
 * The bytes of the picture at `path`, at most `maxBytes`. Throws PathRefusedError, ImageMissingError, ImageUnreadableError or
 * StoreUnavailableError, each with a sentence.
 */
export async function openImage(roots: ImageRoots, path: string, options: { maxBytes: number }): Promise<Buffer> {
  return (await readImage(roots, path, options)).bytes
}

/** The same with the stamp of what was read; it is empty where the file changed meanwhile. */
export async function readImage(
  roots: ImageRoots,
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<ReadImage> {
  return await withFile(roots, path, async (file) => await read(file, maxBytes))
}

/** The stamp of whatever lies at `path`. The file is opened, since stat on NFS may answer from a cache. */
export async function imageStamp(roots: ImageRoots, path: string): Promise<string> {
  return await withFile(roots, path, async (file) => stampOfFile(await file.stat({ bigint: true })))
}

async function withFile<T>(roots: ImageRoots, path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const { root, relative } = roots.locate(path)
  try {
    const realRoot = await realpath(root)
    // Links inside the root are followed here (a ConfigMap volume is made of them); the last part is then a link no more.
    const real = await realpathOf(realRoot, relative)
    refuseOutside(realRoot, real)
    await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    refuseOutside(realRoot, await pathOf(file, real))
    return await work(file)
  } catch (error) {
    throw namedFault(error)
  }
}

/**
 * The file itself; one whose name is written in the other form of Unicode, too: macOS writes é as e and an accent (NFD), and whoever
 * submits its path may write one letter (NFC).
 */
async function realpathOf(root: string, relative: string): Promise<string> {
  try {
    return await realpath(join(root, relative))
  } catch (error) {
    for (const form of ['NFC', 'NFD']) {
      const other = relative.normalize(form)
      if (other === relative) continue
      const real = await realpath(join(root, other)).catch(() => undefined)
      if (real !== undefined) return real
    }
    throw error
  }
}

/** A folder may have been swapped for a link between realpath and open: what counts is the file that is open now. */
async function pathOf(file: FileHandle, opened: string): Promise<string> {
  return process.platform === 'linux' ? await realpath(`/proc/self/fd/${file.fd}`) : await realpath(opened)
}

function refuseOutside(root: string, real: string): void {
  if (!real.startsWith(root.endsWith('/') ? root : `${root}/`))
    throw new PathRefusedError('The path leads out of the folders of pictures.')
}

async function read(handle: FileHandle, maxBytes: number): Promise<ReadImage> {
  const stats = await handle.stat({ bigint: true })
  const file = { stamp: stampOfFile(stats), ageMs: ageOf(Number(stats.ctimeNs) / 1e6) }
  if (stats.isDirectory()) throw new ImageUnreadableError('The path names a folder, not a picture.', { file })
  if (!stats.isFile()) throw new ImageUnreadableError('The path names a pipe or a device, not a picture.', { file })
  const size = Number(stats.size)
  if (size > maxBytes)
    throw new ImageUnreadableError(`The picture has ${size} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`, {
      file,
    })
  // Bounded by the present size: a file may grow while it is read.
  const bytes = Buffer.allocUnsafeSlow(size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  const changed = stampOfFile(await handle.stat({ bigint: true })) !== file.stamp
  return { bytes: bytes.subarray(0, length), ...(changed ? { stamp: '', ageMs: 0 } : file) }
}

const missing = (error: unknown) => new ImageMissingError('There is no such picture.', { cause: error })
const unreadable = (sentence: string) => (error: unknown) => new ImageUnreadableError(sentence, { cause: error })
/** An error that says nothing of the picture. */
const unavailable = (sentence: string) => (error: unknown) => new StoreUnavailableError(sentence, { cause: error })

const NAMED: Record<string, (error: unknown) => Error> = {
  ENOENT: missing,
  ENOTDIR: missing,
  ENAMETOOLONG: missing,
  EACCES: unavailable('The picture may not be read by this service: give it the permission.'),
  EPERM: unavailable('The picture may not be read by this service: give it the permission.'),
  EIO: unavailable('The disk of the pictures fails (EIO).'),
  ESTALE: unavailable('The folder of the pictures was mounted anew (ESTALE).'),
  ELOOP: unreadable('The path is a loop of links.'),
  ENXIO: unreadable('The path names a socket, not a picture.'),
}

/** The error of a disk as one of ours; StoreUnavailableError where it says nothing of the picture. */
export function namedFault(error: unknown): unknown {
  return NAMED[(error as NodeJS.ErrnoException).code ?? '']?.(error) ?? error
}
