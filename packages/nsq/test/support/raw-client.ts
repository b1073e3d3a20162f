import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Fifo } from '../../src/fifo.ts'

/** One frame of protocol V2; `message` is there when the type is 2. */
export interface RawFrame {
  type: number
  text: string
  bytes: Buffer
  message?: RawMessage
}

export interface RawMessage {
  timestamp: bigint
  attempts: number
  id: string
  body: string
}

/** An NSQ client that hides nothing: what is sent are bytes, what comes are frames. Heartbeats are kept apart. */
export class RawClient {
  readonly socket: Socket
  /** Number of heartbeats that came. */
  heartbeats = 0
  closed = false
  /** Whether it answers heartbeats; a real client does. */
  answersHeartbeats = true
  #bytes: Buffer = Buffer.alloc(0)
  readonly #frames = new Fifo<RawFrame>()
  #waiting: (() => void)[] = []

  /** Connects to `host:port` and sends the magic, `  V2` unless another is given. */
  static async connect(address: string, magic = '  V2'): Promise<RawClient> {
    const at = address.lastIndexOf(':')
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at))
    await once(socket, 'connect')
    const client = new RawClient(socket)
    socket.write(magic)
    return client
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => {}) // a reset is a way of closing; 'close' follows
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  /** Sends lines and bodies as they are given. */
  send(...parts: (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))))
  }

  /** The next frame that is not a heartbeat; throws when the connection closes first. */
  async frame(): Promise<RawFrame> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      if (this.closed) throw new Error('the connection was closed before a frame came')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async text(): Promise<string> {
    return (await this.frame()).text
  }

  /** The next frame, which must be a message. */
  async message(): Promise<RawMessage> {
    const { message, text } = await this.frame()
    if (message === undefined) throw new Error(`expected a message, got ${text}`)
    return message
  }

  async messages(count: number): Promise<RawMessage[]> {
    const messages: RawMessage[] = []
    while (messages.length < count) messages.push(await this.message())
    return messages
  }

  /** Frames that have come and were not asked for yet. */
  get unread(): number {
    return this.#frames.length
  }

  /** Sends a command that is answered and gives the answer. */
  async ask(...parts: (string | Uint8Array)[]): Promise<string> {
    this.send(...parts)
    return await this.text()
  }

  async identify(fields: Record<string, unknown>): Promise<string> {
    return await this.ask('IDENTIFY\n', sized(JSON.stringify(fields)))
  }

  async subscribe(topic: string, channel: string, ready = 1): Promise<void> {
    const answer = await this.ask(`SUB ${topic} ${channel}\n`)
    if (answer !== 'OK') throw new Error(`SUB was answered ${answer}`)
    this.send(`RDY ${ready}\n`)
  }

  async publish(topic: string, ...bodies: string[]): Promise<void> {
    for (const body of bodies) {
      const answer = await this.ask(`PUB ${topic}\n`, sized(body))
      if (answer !== 'OK') throw new Error(`PUB was answered ${answer}`)
    }
  }

  /** Resolves when everything sent so far has been read by the other side: a wrong FIN is always answered. */
  async settled(): Promise<void> {
    const answer = await this.ask(`FIN ${'0'.repeat(16)}\n`)
    if (!answer.startsWith('E_FIN_FAILED')) throw new Error(`expected E_FIN_FAILED, got ${answer}`)
  }

  async whenClosed(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    let at = 0
    while (this.#bytes.length - at >= 4 && this.#bytes.length - at >= 4 + this.#bytes.readInt32BE(at)) {
      const end = at + 4 + this.#bytes.readInt32BE(at)
      this.#take(this.#bytes.subarray(at, end))
      at = end
    }
    this.#bytes = this.#bytes.subarray(at)
    this.#wake()
  }

  #take(bytes: Buffer): void {
    const type = bytes.readInt32BE(4)
    const text = bytes.toString('latin1', 8)
    if (type === 0 && text === '_heartbeat_') {
      this.heartbeats += 1
      if (this.answersHeartbeats) this.send('NOP\n')
      return
    }
    this.#frames.push({ type, text, bytes, ...(type === 2 && { message: readMessage(bytes) }) })
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function readMessage(bytes: Buffer): RawMessage {
  return {
    timestamp: bytes.readBigInt64BE(8),
    attempts: bytes.readUInt16BE(16),
    id: bytes.toString('latin1', 18, 34),
    body: bytes.toString('utf8', 34),
  }
}

/** The body behind its size, as PUB, DPUB and IDENTIFY want it. */
export function sized(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([int32(bytes.length), bytes])
}

/** The body of MPUB without its total size. */
export function batch(...bodies: string[]): Buffer {
  return Buffer.concat([int32(bodies.length), ...bodies.map(sized)])
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
