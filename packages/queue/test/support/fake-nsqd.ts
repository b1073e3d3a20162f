import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

export interface FakeNsqdOptions {
  /** PEM files; absent: it has no TLS. */
  certificate?: { cert: string; key: string }
  /** Like -tls-required: refuses every command of who has none. */
  requiresTls?: boolean
  /** Like -auth-http-address: SUB only after AUTH with this. */
  authSecret?: string
}

/** As much of nsqd as a consumer needs to be let in, or refused; it has one message for each that subscribes. */
export async function fakeNsqd(options: FakeNsqdOptions) {
  const sockets = new Set<Socket>()
  let attempts = 0
  const server = createServer((socket) => {
    attempts++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    serve(socket, options)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Connections that were opened. */
    get attempts() {
      return attempts
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serve(socket: Socket, { certificate, requiresTls, authSecret }: FakeNsqdOptions): void {
  let stream: Duplex = socket
  let isAllowed = authSecret === undefined
  let received = Buffer.alloc(0)
  const answer = (text: string) => void stream.write(frame(0, Buffer.from(text)))
  const refuse = (text: string) => void stream.end(frame(1, Buffer.from(text)))
  const listen = () => stream.on('error', () => {}).on('data', take)
  listen()

  function take(data: Buffer): void {
    received = Buffer.concat([received, data])
    for (;;) {
      if (received.subarray(0, 4).toString() === '  V2') received = received.subarray(4)
      const end = received.indexOf('\n')
      if (end < 0) return
      const [name = ''] = received.subarray(0, end).toString().split(' ')
      const hasBody = name === 'IDENTIFY' || name === 'AUTH'
      if (hasBody && received.length < end + 5) return
      const length = hasBody ? 4 + received.readUInt32BE(end + 1) : 0
      if (received.length < end + 1 + length) return
      const body = hasBody ? received.subarray(end + 5, end + 1 + length).toString() : ''
      received = received.subarray(end + 1 + length)
      command(name, body)
    }
  }

  function command(name: string, body: string): void {
    if (name === 'IDENTIFY') identify(JSON.parse(body))
    else if (requiresTls && stream === socket) refuse(`E_INVALID cannot ${name} in current state (TLS required)`)
    else if (name === 'AUTH') authorise(body)
    else if (name === 'SUB') subscribe()
  }

  function authorise(secret: string): void {
    isAllowed = secret === authSecret
    if (isAllowed) answer('{"identity":"test"}')
    else refuse('E_UNAUTHORIZED AUTH no authorizations found')
  }

  function subscribe(): void {
    if (isAllowed) {
      answer('OK')
      const [time, attempts, id] = [Buffer.alloc(8), Buffer.from([0, 1]), Buffer.alloc(16, 'a')]
      stream.write(frame(2, Buffer.concat([time, attempts, id, Buffer.from('x')])))
    } else refuse('E_AUTH_FIRST AUTH required before SUB')
  }

  function identify(wants: { tls_v1: boolean }): void {
    const limits = { max_rdy_count: 10, msg_timeout: 60_000, max_msg_timeout: 60_000 }
    const startsTls = wants.tls_v1 && certificate !== undefined
    answer(JSON.stringify({ ...limits, tls_v1: startsTls, auth_required: authSecret !== undefined }))
    if (!startsTls) return
    socket.off('data', take)
    const [cert, key] = [readFileSync(certificate.cert), readFileSync(certificate.key)]
    stream = new TLSSocket(socket, { isServer: true, cert, key })
    listen()
    stream.once('secure', () => answer('OK'))
  }
}

function frame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4 + body.length)
  head.writeUInt32BE(type, 4)
  return Buffer.concat([head, body])
}
