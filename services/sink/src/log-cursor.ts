import { type FileHandle, open, readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** How far a log is. */
export interface LogPlace {
  /** Of the last message that is in it. */
  position: number
  /** Bytes of the current file up to there. */
  bytes: number
  /** The number that the current file gets when it is full. */
  file: number
}

/** `<crc32> <JSON of generation and place>`, filled up with spaces. Two of them. */
const SLOT_BYTES = 256

/**
 * The place of a log in a file with two slots, which are written in turn and in place: one of them is whole after a crash, and a full disk
 * has room for both.
 */
export class LogCursor implements AsyncDisposable {
  readonly #file: FileHandle
  #generation: number

  /** `place` is undefined when there is no cursor, or none that can be read; it is made anew then. */
  static async open(path: string): Promise<{ cursor: LogCursor; place: LogPlace | undefined }> {
    const slots = slotsOf(await readFile(path, 'utf8').catch(() => ''))
    const newest = slots.sort((one, other) => other.generation - one.generation)[0]
    if (newest) return { cursor: new LogCursor(await open(path, 'r+'), newest.generation), place: newest }
    const cursor = new LogCursor(await open(path, 'w+'), 0)
    await cursor.#file.write(' '.repeat(2 * SLOT_BYTES), 0)
    return { cursor, place: undefined }
  }

  private constructor(file: FileHandle, generation: number) {
    this.#file = file
    this.#generation = generation
  }

  /** What the log has up to this place must be durable already. */
  async write({ position, bytes, file }: LogPlace): Promise<void> {
    const generation = this.#generation + 1
    const json = JSON.stringify({ generation, position, bytes, file })
    const slot = `${checksum(json)} ${json}`.padEnd(SLOT_BYTES - 1).concat('\n')
    await this.#file.write(slot, (generation % 2) * SLOT_BYTES)
    this.#generation = generation
  }

  /** Makes what was written durable. */
  async sync(): Promise<void> {
    await this.#file.datasync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

function slotsOf(text: string): (LogPlace & { generation: number })[] {
  return [0, 1].flatMap((index) => {
    const slot = text.slice(index * SLOT_BYTES, (index + 1) * SLOT_BYTES)
    const [, sum, json = ''] = /^([0-9a-f]{8}) (\{.*\})/.exec(slot) ?? []
    return sum === checksum(json) ? [JSON.parse(json) as LogPlace & { generation: number }] : []
  })
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
