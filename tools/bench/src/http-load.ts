import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Load {
  port: number
  path: string
  /** All together. */
  requests: number
  /** Each has one request under way. */
  connections: number
}

/** Asks, and resolves with the milliseconds that it took. */
export async function ask({ port, path, requests, connections }: Load): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: connections }, async () => await open(port)))
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n\r\n`)
  let left = requests
  const begun = performance.now()
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = new Answers(socket)
      while (left-- > 0) {
        socket.write(request)
        await answers.next()
      }
    }),
  )
  const ms = performance.now() - begun
  for (const socket of sockets) socket.destroy()
  return ms
}

/** Connections that have had an answer each, and stay open. */
export async function openAnswered({ port, path, connections }: Omit<Load, 'requests'>): Promise<Socket[]> {
  const sockets = await Promise.all(Array.from({ length: connections }, async () => await open(port)))
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = new Answers(socket)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
      await answers.next()
    }),
  )
  return sockets
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Counts answers by their Content-Length; a body is not looked at. */
class Answers {
  #missing = 0
  #head = ''
  #done: PromiseWithResolvers<void> | undefined

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('close', () => this.#done?.reject(new Error('The server closed the connection.')))
    socket.on('error', (error) => this.#done?.reject(error))
  }

  async next(): Promise<void> {
    this.#done = Promise.withResolvers()
    await this.#done.promise
  }

  #take(bytes: Buffer): void {
    if (this.#missing > 0) this.#missing -= bytes.length
    else {
      this.#head += bytes.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1])
      if (!this.#head.startsWith('HTTP/1.1 200') || !(length > 0)) {
        this.#done?.reject(new Error(`Not the answer that is asked for: ${this.#head.slice(0, 200)}`))
        return
      }
      this.#missing = length - (this.#head.length - end - 4)
      this.#head = ''
    }
    if (this.#missing === 0) this.#done?.resolve()
  }
}
