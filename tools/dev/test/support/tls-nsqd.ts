import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Broker } from '@livepods/nsq'
import type { CertificateFiles } from '@livepods/system'

/** A broker that encrypts as nsqd does with -tls-required: our own, which does not, behind what ends TLS (`tls_v1` of IDENTIFY). */
export class TlsNsqd implements AsyncDisposable {
  readonly broker: Broker
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #connections = 0

  static async start(certificate: CertificateFiles): Promise<TlsNsqd> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return new TlsNsqd(server, await Broker.start({ broadcastTcpPort: port }), certificate)
  }

  private constructor(server: Server, broker: Broker, { cert, key }: CertificateFiles) {
    this.#server = server
    this.broker = broker
    const options = { isServer: true, cert: readFileSync(cert), key: readFileSync(key) }
    const port = Number(broker.tcpAddress.split(':').at(-1))
    server.on('connection', (client) => {
      const upstream = connect(port, '127.0.0.1')
      for (const socket of [client, upstream])
        this.#sockets.add(socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket)))
      identify(client, upstream).then(
        () => {
          const encrypted = new TLSSocket(client, options)
          encrypted.on('error', () => client.destroy())
          encrypted.once('secure', () => {
            this.#connections++
            encrypted.write(frame(Buffer.from('OK')))
            encrypted.pipe(upstream).pipe(encrypted)
          })
        },
        () => client.destroy(),
      )
      client.once('close', () => upstream.destroy())
      upstream.once('close', () => client.destroy())
    })
  }

  /** Encrypted ones, until now. */
  get connections(): number {
    return this.#connections
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    await this.broker[Symbol.asyncDispose]()
  }
}

/** Passes IDENTIFY on and its answer back, which says that TLS begins. Rejects for a client that wants none. */
async function identify(client: Socket, upstream: Socket): Promise<void> {
  const isWhole = (bytes: Buffer) => {
    const body = bytes.indexOf('\n') + 1
    return body > 0 && bytes.length >= body + 4 && bytes.length >= body + 4 + bytes.readUInt32BE(body)
  }
  const command = await received(client, isWhole)
  const wants = JSON.parse(command.subarray(command.indexOf('\n') + 5).toString()) as { tls_v1: boolean }
  if (!wants.tls_v1) throw new Error('TLS is required.')
  upstream.write(command)
  const answer = await received(upstream, (bytes) => bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0))
  const negotiated = JSON.parse(answer.subarray(8).toString()) as object
  client.write(frame(Buffer.from(JSON.stringify({ ...negotiated, tls_v1: true }))))
}

async function received(socket: Socket, isWhole: (bytes: Buffer) => boolean): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let bytes = Buffer.alloc(0)
  const take = (data: Buffer) => {
    bytes = Buffer.concat([bytes, data])
    if (isWhole(bytes)) resolve(bytes)
  }
  const end = () => reject(new Error('The connection ended.'))
  socket.on('data', take).once('close', end)
  return await promise.finally(() => socket.off('data', take).off('close', end).pause())
}

function frame(body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4 + body.length)
  return Buffer.concat([head, body])
}
