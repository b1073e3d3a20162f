import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What an nsqd is to nsqlookupd: answers are `[ size: 4 ][ text ]`. */
export class LookupClient {
  readonly socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #closed = false
  #waiting: (() => void)[] = []

  static async connect(address: string, magic = '  V1'): Promise<LookupClient> {
    const at = address.lastIndexOf(':')
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at))
    await once(socket, 'connect')
    const client = new LookupClient(socket)
    socket.write(magic)
    return client
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.on('error', () => {}) // a reset is a way of closing; 'close' follows
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  async ask(...parts: (string | Uint8Array)[]): Promise<string> {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
    return await this.text()
  }

  async text(): Promise<string> {
    while (this.#bytes.length < 4 || this.#bytes.length < 4 + this.#bytes.readInt32BE(0)) {
      if (this.#closed) throw new Error('the connection was closed before an answer came')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const end = 4 + this.#bytes.readInt32BE(0)
    const text = this.#bytes.toString('latin1', 4, end)
    this.#bytes = this.#bytes.subarray(end)
    return text
  }

  async whenClosed(): Promise<void> {
    while (!this.#closed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
