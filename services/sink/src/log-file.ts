import { type FileHandle, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Log } from '@livepods/service'
import { syncFolder } from '@livepods/spool'
import { CURSOR_FILE, type Identity } from './identity.ts'
import { LogCursor, type LogPlace } from './log-cursor.ts'

export interface LogFileOptions {
  folder: string
  identity: Identity
  /** A file that is larger is renamed to `<name>.<number>`, and a new one begun. */
  maxBytes: number
  /** Files that are kept, the current one included. */
  files: number
  log: Log
}

/** Nobody knows what of the log is on the disk: this process must end, and the next start finds out. */
export class LogBrokenError extends Error {
  override readonly name = 'LogBrokenError'
  readonly code = 'LOG_BROKEN'
}

/**
 * The text log of a sink, `Sink_<name>.txt`, and the place up to which it has all messages. After a crash it goes on exactly there; when
 * its file and its cursor do not fit each other it begins anew, to be made from the rows again.
 */
export class LogFile implements AsyncDisposable {
  readonly #options: LogFileOptions
  readonly #path: string
  readonly #cursor: LogCursor
  #file: FileHandle
  #place: LogPlace

  static async open(options: LogFileOptions): Promise<LogFile> {
    const { folder, identity, log } = options
    const path = join(folder, `Sink_${identity.name}.txt`)
    const { cursor, place: former } = await LogCursor.open(join(folder, CURSOR_FILE))
    let place = former && (await recover(path, former))
    if (!place) {
      const removed = await removeFiles(path)
      if (former || removed > 0) log.warn({ former, removed }, 'log and its cursor do not fit: the log is made again')
      place = { position: 0, bytes: 0, file: 1 }
    }
    const file = await open(path, place.bytes === 0 ? 'w' : 'r+')
    await syncFolder(folder)
    await cursor.write(place)
    return new LogFile(options, { path, cursor, file, place })
  }

  private constructor(
    options: LogFileOptions,
    { path, cursor, file, place }: { path: string; cursor: LogCursor; file: FileHandle; place: LogPlace },
  ) {
    this.#options = options
    this.#path = path
    this.#cursor = cursor
    this.#file = file
    this.#place = place
  }

  /** Of the last message in the log. */
  get position(): number {
    return this.#place.position
  }

  get report(): LogPlace & { path: string } {
    return { path: this.#path, ...this.#place }
  }

  /**
   * Appends the text of all messages up to `position`, durably. Rejects when there is no room, and the log is as before then; with
   * LogBrokenError when it cannot be used any more.
   */
  async append(text: string, position: number): Promise<void> {
    const bytes = Buffer.from(text)
    if (bytes.length > 0) {
      await this.#write(bytes)
      await this.#file.datasync().catch(broken)
    }
    const place = { ...this.#place, position, bytes: this.#place.bytes + bytes.length }
    await this.#cursor.write(place)
    this.#place = place
    if (place.bytes >= this.#options.maxBytes) await this.#rotate()
  }

  /** Makes `position` durable. */
  async sync(): Promise<void> {
    await this.#cursor.sync()
  }

  async #write(bytes: Buffer): Promise<void> {
    const begin = this.#place.bytes
    try {
      // A write that becomes short is how a full disk begins.
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, begin + done)
        done += bytesWritten
      }
    } catch (error) {
      await this.#file.truncate(begin)
      throw error
    }
  }

  /** A start that finds the renamed file knows what is left to do. */
  async #rotate(): Promise<void> {
    const { folder, files } = this.#options
    const { position, file } = this.#place
    const fresh = `${this.#path}.new`
    const next = await open(fresh, 'w')
    try {
      await rename(this.#path, fullName(this.#path, file))
      await rename(fresh, this.#path)
      await syncFolder(folder)
      const place = { position, bytes: 0, file: file + 1 }
      await this.#cursor.write(place)
      this.#place = place
    } catch (error) {
      return broken(error)
    }
    await this.#file.close()
    this.#file = next
    for (const number of await fullFiles(this.#path)) {
      if (number <= file + 1 - files) await rm(fullName(this.#path, number))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
    await this.#cursor[Symbol.asyncDispose]()
  }
}

/** Where the log goes on, its file cut to that; undefined when it does not have what the cursor says. */
async function recover(path: string, place: LogPlace): Promise<LogPlace | undefined> {
  const isRotated = (await sizeOf(fullName(path, place.file))) !== undefined
  if (isRotated) return { position: place.position, bytes: 0, file: place.file + 1 }
  const size = await sizeOf(path)
  if (size === undefined || size < place.bytes) return undefined
  await truncate(path, place.bytes)
  return place
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function removeFiles(path: string): Promise<number> {
  const full = await fullFiles(path)
  for (const number of full) await rm(fullName(path, number))
  const isThere = (await sizeOf(path)) !== undefined
  await rm(path, { force: true })
  return full.length + Number(isThere)
}

const fullName = (path: string, number: number) => `${path}.${number}`

/** The numbers of the files that are full. */
async function fullFiles(path: string): Promise<number[]> {
  const prefix = `${basename(path)}.`
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix))
  return names
    .map((name) => Number(name.slice(prefix.length)))
    .filter((number) => Number.isSafeInteger(number) && number > 0)
}

function broken(cause: unknown): never {
  throw new LogBrokenError('The log cannot be made durable.', { cause })
}
