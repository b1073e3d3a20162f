import type { Memory } from './memory.ts'
import { Partial } from './partial.ts'
import { ProtocolError } from './protocol-error.ts'

/** A body that must follow a command: 4 bytes of size (big-endian, signed), then as many bytes. */
export interface Body {
  /** The command, for the error message when the memory budget does not hold the body. */
  readonly command: string
  /** Throws when a body of this size is refused, before any of it is read. */
  accept(size: number): void
  /** Gets the body as a view that is good during the call only. */
  take(bytes: Buffer): void
}

/** Who is told what was read; both may throw ProtocolError. */
export interface CommandSink {
  /** The first 4 bytes of a connection. */
  magic(text: string): void
  /** A line without its end; the answer says whether a body follows. */
  line(text: string): Body | undefined
  /** The line has no end within the limit: there is no telling where the next command begins. */
  lineTooLong(): void
  failed(error: unknown): void
}

// nsqd reads lines through a buffer of this size (defaultBufferSize in nsqd/client_v2.go).
const MAX_LINE_BYTES = 16 * 1024
const MAGIC_BYTES = 4
const SIZE_BYTES = 4
const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** Cuts the bytes of one connection into magic, command lines and bodies, however they arrive. */
export class CommandReader {
  readonly #sink: CommandSink
  readonly #partial: Partial
  #expect: 'magic' | 'line' | 'size' | 'body' = 'magic'
  #body: Body | undefined
  #bodyBytes = 0
  #stopped = false
  /** Where the next command begins after a refusal that does not close the connection. */
  #resumeAt = 0

  constructor(sink: CommandSink, memory: Memory) {
    this.#sink = sink
    this.#partial = new Partial(memory)
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#stopped) {
      try {
        at = this.#expect === 'line' ? this.#readLine(chunk, at) : this.#readBytes(chunk, at)
      } catch (error) {
        this.#sink.failed(error)
        at = this.#resumeAt
      }
    }
  }

  /** Reads nothing more and frees what it holds. */
  stop(): void {
    this.#stopped = true
    this.#partial.clear()
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(NEWLINE, at)
    const lineBytes = this.#partial.length + (end < 0 ? chunk.length : end) - at
    if (lineBytes > MAX_LINE_BYTES) {
      this.stop()
      this.#sink.lineTooLong()
      return chunk.length
    }
    if (end < 0) {
      this.#hold(chunk.subarray(at))
      return chunk.length
    }
    this.#resumeAt = end + 1
    if (this.#partial.length === 0) {
      this.#take(lineText(chunk, at, end))
    } else {
      this.#hold(chunk.subarray(at, end))
      const text = lineText(this.#partial.bytes, 0, this.#partial.length)
      this.#partial.clear()
      this.#take(text)
    }
    return end + 1
  }

  #take(line: string): void {
    this.#body = this.#sink.line(line)
    if (this.#body !== undefined) this.#expect = 'size'
  }

  #readBytes(chunk: Buffer, at: number): number {
    const wanted = this.#expect === 'magic' ? MAGIC_BYTES : this.#expect === 'size' ? SIZE_BYTES : this.#bodyBytes
    const end = at + wanted - this.#partial.length
    if (end > chunk.length) {
      this.#hold(chunk.subarray(at))
      return chunk.length
    }
    this.#resumeAt = end
    if (this.#partial.length === 0) {
      this.#complete(chunk.subarray(at, end))
    } else {
      this.#hold(chunk.subarray(at, end))
      const bytes = this.#partial.bytes
      this.#partial.clear()
      this.#complete(bytes)
    }
    return end
  }

  #complete(bytes: Buffer): void {
    if (this.#expect === 'magic') {
      this.#expect = 'line'
      this.#sink.magic(bytes.toString('latin1'))
    } else if (this.#expect === 'size') {
      this.#bodyBytes = bytes.readInt32BE(0)
      this.#body?.accept(this.#bodyBytes)
      this.#expect = 'body'
    } else {
      const body = this.#body
      this.#body = undefined
      this.#expect = 'line'
      body?.take(bytes)
    }
  }

  #hold(piece: Buffer): void {
    if (this.#partial.add(piece)) return
    this.#resumeAt = Number.POSITIVE_INFINITY
    const command = this.#body?.command ?? 'READ'
    throw new ProtocolError(`E_${command}_FAILED`, `${command} failed memory is full`)
  }
}

function lineText(bytes: Buffer, from: number, end: number): string {
  const trimmed = end > from && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
  return bytes.toString('latin1', from, trimmed)
}
