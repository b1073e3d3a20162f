import { type Amf, decodeAmf } from '../amf0.ts'
import { type ChunkLimits, ChunkReader, type RtmpMessage } from './chunk-reader.ts'
import { Handshake } from './handshake.ts'

export const COMMAND = 20
export const COMMAND_AMF3 = 17

const KIB = 1024
export const BEFORE_PUBLISHING = { messageBytes: 64 * KIB, pendingBytes: 256 * KIB, chunkStreams: 16 }
export const PUBLISHING = { messageBytes: 8 * KIB * KIB, pendingBytes: 16 * KIB * KIB, chunkStreams: 16 }

/** Its values: name, transaction, object or null, arguments. */
export interface Command {
  type: 'command'
  values: Amf[]
}

/** Takes all bytes of a connection, in any pieces, and answers the handshake. */
export interface PeerReader {
  /** BEFORE_PUBLISHING at first; may be replaced at any time. */
  limits: ChunkLimits
  /** What ends in this piece; take all before the next one. Throws ProtocolError: the reader is of no use afterwards. */
  read(piece: Buffer): Iterable<RtmpMessage | Command>
}

/** RTMP as we read it. */
export class RtmpReader implements PeerReader {
  readonly #handshake: Handshake
  readonly #chunks = new ChunkReader(BEFORE_PUBLISHING)
  #isOpen = false

  constructor(answer: (bytes: Buffer) => void) {
    this.#handshake = new Handshake(answer)
  }

  set limits(limits: ChunkLimits) {
    this.#chunks.limits = limits
  }

  *read(piece: Buffer): Generator<RtmpMessage | Command, void> {
    let bytes: Buffer | undefined = piece
    if (!this.#isOpen) {
      bytes = this.#handshake.push(piece)
      if (!bytes) return
      this.#isOpen = true
    }
    for (const message of this.#chunks.read(bytes)) {
      if (message.type === COMMAND) yield { type: 'command', values: decodeAmf(message.payload) }
      // AMF 0 after one byte.
      else if (message.type === COMMAND_AMF3) yield { type: 'command', values: decodeAmf(message.payload.subarray(1)) }
      else yield message
    }
  }
}
