import type { Duplex } from 'node:stream'
import logger from 'node-media-server/src/core/logger.js'
import amf from 'node-media-server/src/protocol/amf.js'
import Rtmp from 'node-media-server/src/protocol/rtmp.js'
import { decodeAmf } from '../amf0.ts'
import { ProtocolError } from '../protocol-error.ts'
import { type ChunkLimits, type RtmpMessage, SET_CHUNK_SIZE } from './chunk-reader.ts'
import { BEFORE_PUBLISHING, COMMAND, COMMAND_AMF3, type Command, type PeerReader, PUBLISHING } from './rtmp-reader.ts'
import { Session, type SessionOptions } from './session.ts'

const VERSION = 3
const NOTHING = Buffer.alloc(0)

// It writes to the console, whatever level is set.
logger.log = () => {}

/**
 * An RTMP connection that node-media-server 4.4.3 reads: handshake, chunks, commands. Its servers, sessions and broadcasts are not loaded:
 * they open ports, keep all streams in one place for the process, and send without looking whether anybody takes it.
 */
export class NodeMediaServerSession extends Session {
  constructor(socket: Duplex, options: SessionOptions) {
    super(socket, options, new GuardedRtmp((bytes) => socket.write(bytes)))
  }
}

/** Its parser within limits. It calls the methods that are overridden here while it parses. */
class GuardedRtmp extends Rtmp implements PeerReader {
  limits: ChunkLimits = BEFORE_PUBLISHING
  /** What ended in the piece that is being read. */
  readonly #received: (RtmpMessage | Command)[] = []
  #pendingBytes = 0

  constructor(answer: (bytes: Buffer) => void) {
    super()
    this.onOutputCallback = answer
    // 1 MiB for an FLV parser, which it never uses.
    this.flv = undefined
  }

  *read(piece: Buffer): Generator<RtmpMessage | Command, void> {
    const fault = this.#parse(piece)
    yield* this.#received.splice(0)
    if (fault) throw fault
  }

  #parse(piece: Buffer): ProtocolError | undefined {
    try {
      if (this.handshakeState === 0 && piece[0] !== VERSION) throw new ProtocolError('this is not RTMP')
      this.parserData(piece)
      return undefined
    } catch (error) {
      // It throws whatever comes of bytes that it did not expect.
      return error instanceof ProtocolError ? error : new ProtocolError('it cannot be read', { cause: error })
    }
  }

  /** Instead of its own, which confuses chunk streams whose id has three bytes, and takes any number of them. */
  override packetParse(): void {
    const first = this.parserBuffer[0] as number
    const format = first >> 6
    const id = [first & 0x3f, 64 + (this.parserBuffer[1] as number), 64 + this.parserBuffer.readUInt16LE(1)][
      this.parserBasicBytes - 1
    ] as number
    const packet = this.inPackets.get(id) ?? this.#open(id, format)
    if (packet.bytes > 0 && format !== 3)
      throw new ProtocolError(`a message began on chunk stream ${id} before the last one ended`)
    packet.header.fmt = format
    this.parserPacket = packet
    this.chunkMessageHeaderRead()
    if (packet.header.length > this.limits.messageBytes)
      throw new ProtocolError(`a message has ${packet.header.length} bytes`)
  }

  #open(id: number, format: number): Rtmp['parserPacket'] {
    if (format > 1) throw new ProtocolError(`chunk stream ${id} began without a length`)
    if (this.inPackets.size >= this.limits.chunkStreams) throw new ProtocolError('there are too many chunk streams')
    const header = { fmt: format, cid: id, timestamp: 0, length: 0, type: 0, stream_id: 0 }
    const packet = { header, clock: 0, payload: NOTHING, bytes: 0 }
    this.inPackets.set(id, packet)
    return packet
  }

  /** Instead of its own, which takes any length, and reuses a payload that others still read. */
  override packetAlloc(): void {
    const packet = this.parserPacket
    const { length } = packet.header
    this.#pendingBytes += length
    if (this.#pendingBytes > this.limits.pendingBytes)
      throw new ProtocolError('too many bytes are in unfinished messages')
    // It would leave out everything after 2^32.
    packet.clock %= 2 ** 32
    packet.payload = Buffer.allocUnsafe(length)
  }

  /** Instead of its own, which answers `publish` before anybody was asked, and takes media from anybody. */
  override packetHandler(): void {
    const { header, clock: timestamp, payload } = this.parserPacket
    const { type, stream_id: streamId } = header
    this.#pendingBytes -= payload.length
    if (type === SET_CHUNK_SIZE) {
      const size = payload.length < 4 ? 0 : payload.readInt32BE()
      if (size < 1) throw new ProtocolError(`a chunk cannot have ${size} bytes`)
      super.packetHandler()
    } else if (type === COMMAND) this.#command(payload)
    else if (type === COMMAND_AMF3) this.#command(payload.subarray(1))
    else this.#received.push({ type, streamId, timestamp, payload })
    this.parserPacket.payload = NOTHING
  }

  #command(bytes: Buffer): void {
    // Its decoder follows any depth and any number; ours throws before that.
    decodeAmf(bytes)
    const { cmd, transId, cmdObj, streamName } = amf.decodeAmf0Cmd(bytes)
    // It has read the rest of the piece before anybody can be asked; who is refused sends no more.
    if (cmd === 'publish') this.limits = PUBLISHING
    this.#received.push({ type: 'command', values: [cmd, transId, cmdObj, streamName] })
  }
}
