import { hash } from 'node:crypto'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { formatMessage, type Message, parseMessage } from '@livepods/messages'
import { gauge, type Log } from '@livepods/service'
import { SpoolError } from '@livepods/spool'
import type { NumberedMessage } from './record.ts'

/** Why the sink will never take a message as it is. */
export interface Verdict {
  status: number
  detail: string
}

export interface DeadLetter {
  id: string
  stream: string
  seq: number
  status: number
  reason: string
  /** When it was refused. */
  refusedAt: string
}

interface Line {
  letter?: DeadLetter
  message?: unknown
  /** Id of a letter that is none any more. */
  removed?: string
}

export interface DeadLettersOptions {
  /** NDJSON: each letter with its message, and each removal. */
  path: string
  log: Log
  /** The file failed and must not be written again: the process has to end. */
  onFatal: (error: unknown) => void
}

const count = gauge({ name: 'relay_dead_letters', help: 'Messages that the sink refused, and nobody has looked at.' })

/** Messages that the sink refused for good, with the reason, in a file. */
export class DeadLetters implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #options: DeadLettersOptions
  /** In the order in which they were refused. */
  readonly #letters = new Map<string, { letter: DeadLetter; offset: number; bytes: number }>()
  #size = 0
  #turn: Promise<unknown> = Promise.resolve()

  static async open(options: DeadLettersOptions): Promise<DeadLetters> {
    const file = await open(options.path, constants.O_RDWR | constants.O_CREAT)
    const letters = new DeadLetters(file, options)
    await letters.#load()
    return letters
  }

  private constructor(file: FileHandle, options: DeadLettersOptions) {
    this.#file = file
    this.#options = options
  }

  get size(): number {
    return this.#letters.size
  }

  /** At most `limit` of those after the letter `after`, oldest first. */
  list({ after, limit }: { after?: string | undefined; limit: number }): DeadLetter[] {
    const ids = [...this.#letters.keys()]
    const start = after === undefined ? 0 : ids.indexOf(after) + 1
    return ids.slice(start, start + limit).flatMap((id) => this.#letters.get(id)?.letter ?? [])
  }

  /** Durable when it resolves; one that is known already is not added again. Rejects with SpoolError DISK_FULL: then none is added. */
  async add(refused: readonly { message: NumberedMessage; verdict: Verdict }[]): Promise<void> {
    const refusedAt = new Date().toISOString()
    await this.#inTurn(async () => {
      const lines = refused.flatMap(({ message, verdict }) => {
        const { stream, seq } = message
        const id = idOf(message)
        if (this.#letters.has(id)) return []
        const letter = { id, stream, seq, status: verdict.status, reason: verdict.detail, refusedAt }
        return [{ letter, message: JSON.parse(formatMessage(message)) as unknown }]
      })
      if (lines.length > 0) await this.#append(lines)
    })
  }

  /**
   * Gives the refused message to `store`, and removes the letter when that has resolved; undefined: there is none with this id. Until then
   * none is added: the message may be refused again at once.
   */
  async replay<T>(id: string, store: (message: NumberedMessage) => Promise<T>): Promise<T | undefined> {
    return await this.#inTurn(async () => {
      const entry = this.#letters.get(id)
      if (!entry) return undefined
      const { buffer } = await this.#file.read(Buffer.alloc(entry.bytes), 0, entry.bytes, entry.offset)
      const { message } = JSON.parse(buffer.toString('utf8')) as Line
      const stored = await store(parseMessage(message) as NumberedMessage)
      await this.#remove(id)
      return stored
    })
  }

  /** Durable when it resolves; false: there is none with this id. */
  async remove(id: string): Promise<boolean> {
    return await this.#inTurn(async () => {
      if (!this.#letters.has(id)) return false
      await this.#remove(id)
      return true
    })
  }

  async #load(): Promise<void> {
    for await (const text of this.#file.readLines({ autoClose: false, start: 0 })) {
      const bytes = Buffer.byteLength(text) + 1
      const line = parseLine(text)
      if (line) this.#take(line, { offset: this.#size, bytes })
      else
        this.#options.log.error({ file: this.#options.path, offset: this.#size, bytes }, 'a dead letter cannot be read')
      this.#size += bytes
    }
    const { size } = await this.#file.stat()
    // The last line was not ended when the process died, so nothing was acknowledged for it.
    if (size < this.#size) await this.#cut()
    count.set(this.size)
  }

  /** Takes out the last line. */
  async #cut(): Promise<void> {
    const { size } = await this.#file.stat()
    const end = await endOfLines(this.#file, size)
    for (const [id, { offset }] of this.#letters) if (offset >= end) this.#letters.delete(id)
    await this.#file.truncate(end)
    await this.#file.datasync()
    this.#size = end
  }

  async #append(lines: readonly Line[]): Promise<void> {
    const texts = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`))
    const bytes = Buffer.concat(texts)
    try {
      const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, this.#size)
      if (bytesWritten < bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
      await this.#file.datasync()
    } catch (error) {
      await this.#undo(error)
    }
    for (const [index, line] of lines.entries()) {
      const { length } = texts[index] as Buffer
      this.#take(line, { offset: this.#size, bytes: length })
      this.#size += length
    }
    count.set(this.size)
  }

  #take({ letter, removed }: Line, place: { offset: number; bytes: number }): void {
    if (letter) this.#letters.set(letter.id, { letter, ...place })
    if (removed !== undefined) this.#letters.delete(removed)
  }

  async #undo(error: unknown): Promise<never> {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return this.#fail(error)
    await this.#file.truncate(this.#size).catch((fault: unknown) => this.#fail(fault))
    throw new SpoolError('DISK_FULL', 'There is no room for a dead letter.', { cause: error })
  }

  async #remove(id: string): Promise<void> {
    if (this.#letters.size === 1) await this.#empty()
    else await this.#append([{ removed: id }])
  }

  async #empty(): Promise<void> {
    try {
      await this.#file.truncate(0)
      await this.#file.datasync()
    } catch (error) {
      this.#fail(error)
    }
    this.#letters.clear()
    this.#size = 0
    count.set(0)
  }

  #fail(error: unknown): never {
    this.#options.onFatal(error)
    throw error
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn
    await this.#file.close()
  }
}

/** The SHA-256 of what a message says. */
export function sha256Of(content: Message['content']): string {
  return typeof content === 'string' || Buffer.isBuffer(content) ? hash('sha256', content) : content.tombstone
}

/** The body belongs to it: a number may come twice, with other bodies. */
function idOf({ stream, seq, content }: NumberedMessage): string {
  return `${stream}.${seq}.${sha256Of(content).slice(0, 16)}`
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

/** Where the last whole line of the file ends. */
async function endOfLines(file: FileHandle, size: number): Promise<number> {
  const CHUNK = 64 * 1024
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    const at = buffer.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (at >= 0) return start + at + 1
  }
  return 0
}
