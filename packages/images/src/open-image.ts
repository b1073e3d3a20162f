import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PathRefused } from './path.ts'
import type { ImageRoots } from './roots.ts'

/** No such file. */
export class ImageMissing extends Error {
  override readonly name = 'ImageMissing'
}

/** There is something, but no picture that can be looked at: a folder, a pipe, too large, forbidden, broken, not a picture at all. */
export class ImageUnreadable extends Error {
  override readonly name = 'ImageUnreadable'
  /** The end of the file is missing, or all of it: it may still be being written. */
  readonly cut: boolean

  constructor(message: string, { cut = false, ...options }: ErrorOptions & { cut?: boolean } = {}) {
    super(message, options)
    this.cut = cut
  }
}

/** The bytes of the picture at `path`, at most `maxBytes`. Throws PathRefused, ImageMissing or ImageUnreadable, each with a sentence. */
export async function openImage(roots: ImageRoots, path: string, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
  const { root, relative } = roots.locate(path)
  try {
    const realRoot = await realpath(root)
    // Links inside the root are followed here (a ConfigMap volume is made of them); the last part is then a link no more.
    const real = await realpath(join(realRoot, relative))
    refuseOutside(realRoot, real)
    await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    refuseOutside(realRoot, await pathOf(file, real))
    return await read(file, maxBytes)
  } catch (error) {
    throw named(error)
  }
}

/** A folder may have been swapped for a link between realpath and open: what counts is the file that is open now. */
async function pathOf(file: FileHandle, opened: string): Promise<string> {
  return process.platform === 'linux' ? await realpath(`/proc/self/fd/${file.fd}`) : await realpath(opened)
}

function refuseOutside(root: string, real: string): void {
  if (!real.startsWith(root.endsWith('/') ? root : `${root}/`))
    throw new PathRefused('The path leads out of the folders of pictures.')
}

async function read(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const stats = await file.stat()
  if (stats.isDirectory()) throw new ImageUnreadable('The path names a folder, not a picture.')
  if (!stats.isFile()) throw new ImageUnreadable('The path names a pipe or a device, not a picture.')
  if (stats.size > maxBytes)
    throw new ImageUnreadable(`The picture has ${stats.size} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`)
  // The size of now is the bound: a file that grows while it is read would have none.
  const bytes = Buffer.allocUnsafeSlow(stats.size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}

const missing = (error: unknown) => new ImageMissing('There is no such picture.', { cause: error })
const unreadable = (sentence: string) => (error: unknown) => new ImageUnreadable(sentence, { cause: error })

const NAMED: Record<string, (error: unknown) => Error> = {
  ENOENT: missing,
  ENOTDIR: missing,
  ENAMETOOLONG: missing,
  EACCES: unreadable('The picture may not be read by this service.'),
  EPERM: unreadable('The picture may not be read by this service.'),
  ELOOP: unreadable('The path is a loop of links.'),
  ENXIO: unreadable('The path names a socket, not a picture.'),
}

function named(error: unknown): unknown {
  return NAMED[(error as NodeJS.ErrnoException).code ?? '']?.(error) ?? error
}
