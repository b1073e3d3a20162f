/** The parts of node-media-server 4.4.3 that we use; it has no types, and those on npm are of version 2. */

declare module 'node-media-server/src/protocol/rtmp.js' {
  interface RtmpPacket {
    header: { fmt: number; cid: number; timestamp: number; length: number; type: number; stream_id: number }
    /** Milliseconds. */
    clock: number
    payload: Buffer
    /** Bytes of the payload that have come. */
    bytes: number
  }

  /** Reads the bytes of one connection. */
  export default class Rtmp {
    handshakeState: number
    parserBuffer: Buffer
    /** Of the first part of a chunk's header, which has its format and its chunk stream's id. */
    parserBasicBytes: number
    parserPacket: RtmpPacket
    inPackets: Map<number, RtmpPacket>
    flv: unknown
    onOutputCallback: (bytes: Buffer) => void
    parserData(bytes: Buffer): string | null
    /** Finds the packet of a chunk whose header has come. */
    packetParse(): void
    chunkMessageHeaderRead(): number
    /** Called when a message begins. */
    packetAlloc(): void
    /** Called when a message is whole. */
    packetHandler(): void
  }
}

declare module 'node-media-server/src/protocol/amf.js' {
  import type { Amf } from '../amf0.ts'

  const amf: {
    decodeAmf0Cmd(bytes: Buffer): { cmd: Amf; transId?: Amf; cmdObj?: Amf; streamName?: Amf }
  }
  export default amf
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log(message: unknown, level: string): void }
  export default logger
}
