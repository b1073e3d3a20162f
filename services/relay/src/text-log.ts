import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { formatLogLine } from '@livepods/messages'
import { counter, type Log } from '@livepods/service'

export interface TextLogOptions {
  folder: string
  /** Of the relay. */
  name: string
  /** A larger file is renamed to `<file>.1`, in place of the former one. */
  maxBytes: number
  log: Log
}

/** Many lines are one write. */
const WRITE_AFTER_MS = 100
/** Of bodies that wait for a slow disk; lines of more are left out. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

const leftOut = counter({
  name: 'relay_text_log_left_out_total',
  help: 'Lines of the text log that the disk did not take.',
})

/**
 * What the relay took, for people, as the original writes it: `Relaying from <address> at <Y-m-d h:i:sa> : <body>` in `Relay_<name>.txt`.
 * Nothing is made from it: a crash may cost the lines of the last tenth of a second, and never a message.
 */
export class TextLog implements AsyncDisposable {
  readonly #options: TextLogOptions
  readonly #path: string
  #file: FileHandle
  #lines: string[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isFailing = false

  static async open(options: TextLogOptions): Promise<TextLog> {
    const path = join(options.folder, `Relay_${options.name}.txt`)
    return new TextLog(options, path, await open(path, 'a'))
  }

  private constructor(options: TextLogOptions, path: string, file: FileHandle) {
    this.#options = options
    this.#path = path
    this.#file = file
  }

  /** @param address of who sent it */
  add(address: string, body: Buffer): void {
    this.#waitingBytes += body.length
    if (this.#waitingBytes > MAX_WAITING_BYTES) leftOut.inc()
    else this.#lines.push(formatLogLine({ begin: 'Relaying from', address, at: new Date(), body }))
    this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER_MS)
  }

  #write(): void {
    this.#timer = undefined
    this.#writing = this.#writing.then(async () => {
      const lines = this.#lines
      this.#lines = []
      this.#waitingBytes = 0
      try {
        await this.#append(lines.join(''))
        this.#isFailing = false
      } catch (error) {
        leftOut.inc(lines.length)
        if (!this.#isFailing) this.#options.log.warn({ err: error }, 'the text log cannot be written')
        this.#isFailing = true
      }
    })
  }

  async #append(text: string): Promise<void> {
    const { size } = await this.#file.stat()
    try {
      await this.#file.appendFile(text)
    } catch (error) {
      // Part of it may be there.
      await this.#file.truncate(size)
      throw error
    }
    if (size + Buffer.byteLength(text) < this.#options.maxBytes) return
    await rename(this.#path, `${this.#path}.1`)
    const former = this.#file
    this.#file = await open(this.#path, 'a')
    await former.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#write()
    await this.#writing
    await this.#file.close()
  }
}
