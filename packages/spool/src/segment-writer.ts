import { join } from 'node:path'
import type { Files, OpenFile } from './files.ts'
import { encodeHead, HEAD, type Head, segmentName } from './segment.ts'
import { isNoRoom, SpoolError } from './spool-error.ts'

/**
 * The segment that takes new groups, one at a time. An error that is no SpoolError is final: the file must not be written any more, since
 * after a failed fdatasync the kernel forgets what it could not write.
 */
export class SegmentWriter implements AsyncDisposable {
  readonly head: Head
  readonly #file: OpenFile
  /** Up to here all is durable, and so readable. */
  #end: number

  constructor(file: OpenFile, head: Head, end: number) {
    this.#file = file
    this.head = head
    this.#end = end
  }

  /** A new segment, durable with its entry in the folder. Rejects with DISK_FULL, and nothing is left of it then. */
  static async create(files: Files, folder: string, head: Head): Promise<SegmentWriter> {
    const path = join(folder, segmentName(head.first))
    const file = await noRoom(files.open(path, { create: true }))
    try {
      await writeAll(file, encodeHead(head), 0)
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      // The segment before goes on: should this one come back after a crash, it would give its numbers once more.
      await file.close()
      await files.remove(path)
      await files.syncFolder(folder)
      throw error
    }
    await file.sync()
    await files.syncFolder(folder)
    return new SegmentWriter(file, head, HEAD)
  }

  get end(): number {
    return this.#end
  }

  /** Resolves when the group is durable. Rejects with DISK_FULL, and nothing is left of it then. */
  async append(group: Buffer): Promise<void> {
    try {
      await writeAll(this.#file, group, this.#end)
    } catch (error) {
      await this.#file.truncate(this.#end)
      throw error
    }
    await this.#file.sync()
    this.#end += group.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** Rejects with DISK_FULL when there is no room for all of it; part of it may be written then. */
export async function writeAll(file: OpenFile, buffer: Buffer, position: number): Promise<void> {
  const written = await noRoom(file.write(buffer, position))
  if (written < buffer.length) throw diskFull()
}

async function noRoom<T>(done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    throw isNoRoom(error) ? diskFull(error) : error
  }
}

function diskFull(cause?: unknown): SpoolError {
  return new SpoolError('DISK_FULL', 'The disk is full.', { cause })
}
