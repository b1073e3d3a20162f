import { randomBytes } from 'node:crypto'
import { ProtocolError } from '../protocol-error.ts'

const VERSION = 3
/** C1, C2, S1 and S2. */
const PART_BYTES = 1536
/** S0 and S1. Time and version are zero: no digest follows. Clients send the rest back, whatever it is. */
const GREETING = Buffer.concat([Buffer.of(VERSION), Buffer.alloc(8), randomBytes(PART_BYTES - 8)])

/** The server's half of the simple handshake (RTMP 1.0, 5.2). Clients that ask for the one with digests take this, too. */
export class Handshake {
  readonly #answer: (bytes: Buffer) => void
  #received: Buffer = Buffer.alloc(0)
  #isAnswered = false

  constructor(answer: (bytes: Buffer) => void) {
    this.#answer = answer
  }

  /** The bytes that follow the handshake, or undefined while it is not over. Throws ProtocolError. */
  push(piece: Buffer): Buffer | undefined {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, piece]) : piece
    if (this.#received[0] !== VERSION) throw new ProtocolError('this is not RTMP')
    if (!this.#isAnswered && this.#received.length > PART_BYTES) {
      this.#isAnswered = true
      this.#answer(Buffer.concat([GREETING, this.#received.subarray(1, 1 + PART_BYTES)]))
    }
    return this.#received.length > 2 * PART_BYTES ? this.#received.subarray(1 + 2 * PART_BYTES) : undefined
  }
}
