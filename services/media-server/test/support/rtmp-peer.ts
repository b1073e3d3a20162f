import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from '@livepods/testing'
import { type Amf, type AmfObject, decodeAmf, encodeAmf, isAmfObject } from '../../src/amf0.ts'
import { ChunkReader, type RtmpMessage } from '../../src/rtmp/chunk-reader.ts'

const UNLIMITED = { messageBytes: 2 ** 24, pendingBytes: 2 ** 30, chunkStreams: 100 }

/** The other end of an RTMP connection, which sends what a test says, byte for byte. */
export class RtmpPeer implements Disposable {
  readonly socket: Socket
  /** What came after the handshake. */
  readonly messages: RtmpMessage[] = []
  readonly #reader = new ChunkReader(UNLIMITED)
  #handshakeLeft = 1 + 2 * 1536
  #transaction = 0

  /** Connects, and sends the handshake, and what stands before it. */
  static async open(port: number, { before = Buffer.alloc(0) }: { before?: Buffer } = {}): Promise<RtmpPeer> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const peer = new RtmpPeer(socket)
    socket.write(Buffer.concat([before, HANDSHAKE]))
    return peer
  }

  private constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      const skipped = Math.min(this.#handshakeLeft, piece.length)
      this.#handshakeLeft -= skipped
      if (piece.length > skipped) this.messages.push(...this.#reader.read(piece.subarray(skipped)))
    })
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages))
  }

  /** Sends a command; resolves with the arguments of its answer. */
  async call(name: string, ...values: Amf[]): Promise<Amf[]> {
    const id = ++this.#transaction
    this.send(message(20, encodeAmf(name, id, ...values)))
    return await eventually(() => {
      const answer = this.commands().find(([answer, of]) => answer === '_result' && of === id)
      if (!answer) throw new Error(`no answer to ${name}`)
      return answer.slice(2)
    })
  }

  async connect(app: AmfObject | string = 'live'): Promise<Amf[]> {
    const settings = typeof app === 'string' ? { app, tcUrl: `rtmp://127.0.0.1/${app}` } : app
    const answer = await this.call('connect', settings)
    await this.call('createStream', null)
    return answer
  }

  /** Asks to publish; resolves with what the server says. */
  async publish(key: Amf, app: AmfObject | string = 'live'): Promise<Status> {
    await this.connect(app)
    this.send(message(20, encodeAmf('publish', 5, null, key, 'live'), { streamId: 1 }))
    return await this.status(/^NetStream\.Publish/)
  }

  async play(key: Amf, app: AmfObject | string = 'live'): Promise<Status> {
    await this.connect(app)
    this.send(message(20, encodeAmf('play', 4, null, key), { streamId: 1 }))
    return await this.status(/^NetStream\.Play\.(?!Reset)/)
  }

  commands(): Amf[][] {
    return this.messages.filter(({ type }) => type === 20).map(({ payload }) => decodeAmf(payload))
  }

  /** The media that came. */
  media(): RtmpMessage[] {
    return this.messages.filter(({ type, payload }) => type === 8 || type === 9 || (type === 18 && !isAccess(payload)))
  }

  /** The first status whose code fits. */
  async status(code: RegExp): Promise<Status> {
    return await eventually(() => {
      const found = this.commands()
        .filter(([name]) => name === 'onStatus')
        .map((values) => values.findLast(isAmfObject) as unknown as Status)
        .find((status) => code.test(status.code))
      if (!found) throw new Error(`no status ${code}`)
      return found
    })
  }

  /** Resolves when the server has ended the connection. */
  async closed(): Promise<void> {
    // Reset or not.
    if (!this.socket.closed) await new Promise((closed) => this.socket.once('close', closed))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

interface Status {
  level: string
  code: string
  description: string
}

const HANDSHAKE = Buffer.concat([Buffer.of(3), Buffer.alloc(1536), Buffer.alloc(1536)])

function isAccess(payload: Buffer): boolean {
  return payload.includes('|RtmpSampleAccess')
}

/** One message as chunks of 128 bytes, as RTMP begins with. */
export function message(
  type: number,
  payload: Buffer,
  {
    streamId = 0,
    timestamp = 0,
    chunkStream = 3,
  }: { streamId?: number; timestamp?: number; chunkStream?: number } = {},
): Buffer {
  const header = Buffer.alloc(12)
  const isExtended = timestamp >= 0xffffff
  header[0] = chunkStream
  header.writeUIntBE(isExtended ? 0xffffff : timestamp, 1, 3)
  header.writeUIntBE(payload.length, 4, 3)
  header[7] = type
  header.writeUInt32LE(streamId, 8)
  const extended = Buffer.alloc(isExtended ? 4 : 0)
  if (isExtended) extended.writeUInt32BE(timestamp)
  const parts: Buffer[] = [header, extended]
  for (let at = 0; at < payload.length; at += 128) {
    if (at > 0) parts.push(Buffer.of(0xc0 | chunkStream), extended)
    parts.push(payload.subarray(at, at + 128))
  }
  return Buffer.concat(parts)
}
