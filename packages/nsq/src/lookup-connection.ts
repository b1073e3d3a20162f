import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { type Body, CommandReader, type CommandSink } from './command-reader.ts'
import type { Faults } from './faults.ts'
import type { LookupRegistry, Peer, Producer } from './lookup-registry.ts'
import { type Memory, MemoryFullError } from './memory.ts'
import { isValidName } from './names.ts'
import { VERSION } from './options.ts'
import { ProtocolError } from './protocol-error.ts'

/** What the lookup TCP port needs of the broker. */
export interface LookupParts {
  readonly registry: LookupRegistry
  readonly memory: Memory
  readonly faults: Pick<Faults, 'stall'>
  readonly broadcastAddress: string
  readonly tcpPort: number
  readonly httpPort: number
}

// A producer's description is a few hundred bytes of JSON; nsqlookupd has no limit here.
const MAX_IDENTIFY_BYTES = 4 * 1024
const MAX_UNREAD_ANSWER_BYTES = 64 * 1024
const LINGER_MS = 1000

/** One nsqd that registers its topics, in lookup protocol V1; answers are `[ size: 4 ][ text ]`, without a frame type. */
export class LookupConnection implements CommandSink {
  readonly #socket: Socket
  readonly #parts: LookupParts
  readonly #reader: CommandReader
  #peer: Peer | undefined

  constructor(socket: Socket, parts: LookupParts) {
    this.#socket = socket
    this.#parts = parts
    this.#reader = new CommandReader(this, parts.memory)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    socket.on('drain', () => this.stalled(parts.faults.stall))
    socket.on('error', () => socket.destroy()) // an nsqd that is gone; 'close' follows and does the rest
    socket.on('close', () => this.#leave())
    this.stalled(parts.faults.stall)
  }

  magic(text: string): void {
    if (text !== '  V1') this.#refuse('E_BAD_PROTOCOL')
  }

  line(text: string): Body | undefined {
    const [command = '', ...parameters] = text.trim().split(' ')
    switch (command) {
      case 'PING':
        if (this.#peer !== undefined) this.#parts.registry.heard(this.#peer)
        this.#answer('OK')
        return undefined
      case 'IDENTIFY':
        return this.#identify()
      case 'REGISTER':
        this.#registration(command, parameters, (peer, topic, channel) => {
          this.#parts.registry.register(peer, topic, channel)
        })
        return undefined
      case 'UNREGISTER':
        this.#registration(command, parameters, (peer, topic, channel) => {
          this.#parts.registry.unregister(peer, topic, channel)
        })
        return undefined
      default:
        throw new ProtocolError('E_INVALID', `invalid command ${command}`)
    }
  }

  lineTooLong(): void {
    this.#socket.destroy()
  }

  failed(error: unknown): void {
    if (!(error instanceof ProtocolError)) process.emitWarning(error instanceof Error ? error : String(error))
    this.#refuse(error instanceof ProtocolError ? error.message : 'E_INVALID internal error')
  }

  close(): void {
    this.#socket.destroy()
  }

  stalled(on: boolean): void {
    if (on) this.#socket.pause()
    else this.#socket.resume()
  }

  #identify(): Body {
    if (this.#peer !== undefined) throw new ProtocolError('E_INVALID', 'cannot IDENTIFY again')
    return {
      command: 'IDENTIFY',
      accept(size) {
        if (size <= 0 || size > MAX_IDENTIFY_BYTES) {
          throw new ProtocolError('E_BAD_BODY', `IDENTIFY invalid body size ${size}`)
        }
      },
      take: (bytes) => {
        const remote = `${this.#socket.remoteAddress}:${this.#socket.remotePort}`
        this.#peer = { producer: readProducer(bytes, remote), seenAt: 0 }
        this.#parts.registry.join(this.#peer)
        this.#parts.registry.heard(this.#peer)
        const { tcpPort, httpPort, broadcastAddress } = this.#parts
        this.#answer(
          JSON.stringify({
            broadcast_address: broadcastAddress,
            hostname: hostname(),
            http_port: httpPort,
            tcp_port: tcpPort,
            version: VERSION,
          }),
        )
      },
    }
  }

  #registration(
    command: string,
    [topic, channel]: string[],
    apply: (peer: Peer, topic: string, channel: string | undefined) => void,
  ): void {
    if (this.#peer === undefined) throw new ProtocolError('E_INVALID', 'client must IDENTIFY')
    if (topic === undefined) throw new ProtocolError('E_INVALID', `${command} insufficient number of params`)
    if (!isValidName(topic)) throw new ProtocolError('E_BAD_TOPIC', `${command} topic name '${topic}' is not valid`)
    if (channel && !isValidName(channel)) {
      throw new ProtocolError('E_BAD_CHANNEL', `${command} channel name '${channel}' is not valid`)
    }
    try {
      apply(this.#peer, topic, channel || undefined)
    } catch (error) {
      if (!(error instanceof MemoryFullError)) throw error
      throw new ProtocolError(`E_${command}_FAILED`, `${command} failed ${error.message}`, { cause: error })
    }
    this.#answer('OK')
  }

  #answer(text: string): void {
    if (!this.#socket.writable) return
    const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(text, 'latin1'))
    bytes.writeInt32BE(bytes.length - 4, 0)
    bytes.write(text, 4, 'latin1')
    this.#socket.write(bytes)
    if (this.#socket.writableLength > MAX_UNREAD_ANSWER_BYTES) this.#socket.pause()
  }

  #refuse(text: string): void {
    this.#leave()
    this.#answer(text)
    this.#socket.end()
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  #leave(): void {
    this.#reader.stop()
    if (this.#peer !== undefined) this.#parts.registry.leave(this.#peer)
    this.#peer = undefined
  }
}

function readProducer(bytes: Buffer, remoteAddress: string): Producer {
  const given = parse(bytes)
  const producer = {
    remote_address: remoteAddress,
    hostname: typeof given.hostname === 'string' ? given.hostname : '',
    broadcast_address: given.broadcast_address,
    tcp_port: given.tcp_port,
    http_port: given.http_port,
    version: given.version,
  }
  if (!isComplete(producer)) throw new ProtocolError('E_BAD_BODY', 'IDENTIFY missing fields')
  return producer
}

function isComplete(producer: Record<keyof Producer, unknown>): producer is Producer {
  const { broadcast_address, tcp_port, http_port, version } = producer
  const isText = (value: unknown) => typeof value === 'string' && value !== ''
  const isPort = (value: unknown) => Number.isInteger(value) && value !== 0
  return isText(broadcast_address) && isPort(tcp_port) && isPort(http_port) && isText(version)
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return { ...JSON.parse(bytes.toString('utf8')) }
  } catch (error) {
    throw new ProtocolError('E_BAD_BODY', 'IDENTIFY failed to decode JSON body', { cause: error })
  }
}
