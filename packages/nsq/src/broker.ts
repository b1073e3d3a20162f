import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { ClientConnection } from './client-connection.ts'
import { Faults } from './faults.ts'
import { createHttpServer } from './http-server.ts'
import { close, listen } from './listener.ts'
import { LookupConnection } from './lookup-connection.ts'
import { LookupRegistry, type Peer } from './lookup-registry.ts'
import { lookupRoutes } from './lookup-routes.ts'
import { Memory } from './memory.ts'
import { nsqdRoutes } from './nsqd-routes.ts'
import { type BrokerOptions, type Settings, settingsFrom, VERSION } from './options.ts'
import type { Shared } from './shared.ts'
import { memoryStats, type Stats, type StatsFilter } from './stats.ts'
import { Topics } from './topics.ts'

/** nsqd and nsqlookupd in one, in memory: four ports, one set of topics, nothing kept when it ends. */
export class Broker {
  /** What tests can make go wrong. */
  readonly faults = new Faults({ stalled: (on) => this.#stall(on), killed: () => this.#forget() })
  readonly #settings: Settings
  readonly #memory: Memory
  readonly #registry: LookupRegistry
  readonly #topics: Topics
  readonly #startedAtMs = Date.now()
  readonly #clients = new Set<ClientConnection>()
  readonly #lookupClients = new Set<LookupConnection>()
  readonly #self: Peer
  readonly #tcp: Server
  readonly #http: HttpServer
  readonly #lookupTcp: Server
  readonly #lookupHttp: HttpServer
  readonly #ports = { tcp: 0, http: 0, lookupTcp: 0, lookupHttp: 0 }

  /** Resolves when all four ports listen; rejects, with nothing left open, when one cannot. */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const broker = new Broker(options)
    try {
      await broker.#listen()
    } catch (error) {
      await broker[Symbol.asyncDispose]()
      throw error
    }
    return broker
  }

  private constructor(options: BrokerOptions) {
    this.#settings = settingsFrom(options)
    this.#memory = new Memory(this.#settings.memoryBytes)
    this.#registry = new LookupRegistry(this.#memory, this.#settings)
    this.#self = { producer: this.#describe(), seenAt: Number.POSITIVE_INFINITY }
    this.#registry.join(this.#self)
    const shared: Shared = { settings: this.#settings, memory: this.#memory, faults: this.faults }
    this.#topics = new Topics(shared, {
      register: (topic, channel) => this.#registry.register(this.#self, topic, channel),
      unregister: (topic, channel) => this.#registry.unregister(this.#self, topic, channel),
    })

    this.#tcp = createServer((socket) => {
      const client = new ClientConnection(socket, shared, this.#topics)
      this.#clients.add(client)
      socket.once('close', () => this.#clients.delete(client))
    })
    this.#lookupTcp = createServer((socket) => {
      const client = new LookupConnection(socket, this.#lookupParts())
      this.#lookupClients.add(client)
      socket.once('close', () => this.#lookupClients.delete(client))
    })
    const ports = this.#ports
    this.#http = createHttpServer(
      nsqdRoutes({
        shared,
        topics: this.#topics,
        startedAtMs: this.#startedAtMs,
        stats: (filter) => this.stats(filter),
        get tcpPort() {
          return ports.tcp
        },
        get httpPort() {
          return ports.http
        },
      }),
      this.#memory,
      this.faults,
    )
    this.#lookupHttp = createHttpServer(lookupRoutes(this.#registry), this.#memory, this.faults)
    for (const server of [this.#tcp, this.#http, this.#lookupTcp, this.#lookupHttp]) {
      server.maxConnections = this.#settings.maxConnections
    }
  }

  /** `host:port` of nsqd's TCP port; the HTTP ones follow. */
  get tcpAddress(): string {
    return this.#address(this.#ports.tcp)
  }

  get httpAddress(): string {
    return this.#address(this.#ports.http)
  }

  get lookupTcpAddress(): string {
    return this.#address(this.#ports.lookupTcp)
  }

  get lookupHttpAddress(): string {
    return this.#address(this.#ports.lookupHttp)
  }

  /** Bytes of the memory budget that are in use. */
  get memoryUsed(): number {
    return this.#memory.used
  }

  /** What `/stats?format=json` answers. */
  stats(filter: StatsFilter = {}): Stats {
    const producers = [...this.#clients].filter((client) => client.tally.hasPublished)
    return {
      version: VERSION,
      health: 'OK',
      start_time: Math.floor(this.#startedAtMs / 1000),
      topics: this.#topics.stats(filter),
      ...((filter.withMemory ?? true) && { memory: memoryStats() }),
      producers: producers.map((client) => client.stats()),
    }
  }

  /** Destroys the connections and stops listening; there is nothing to save. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [this.#tcp, this.#http, this.#lookupTcp, this.#lookupHttp].map(close)
    this.#forget()
    await Promise.all(closed)
  }

  async #listen(): Promise<void> {
    const { host, tcpPort, httpPort, lookupTcpPort, lookupHttpPort } = this.#settings
    const { broadcastTcpPort, broadcastHttpPort } = this.#settings
    this.#ports.tcp = await listen(this.#tcp, 'nsqd TCP', host, tcpPort)
    this.#ports.http = await listen(this.#http, 'nsqd HTTP', host, httpPort)
    this.#ports.lookupTcp = await listen(this.#lookupTcp, 'nsqlookupd TCP', host, lookupTcpPort)
    this.#ports.lookupHttp = await listen(this.#lookupHttp, 'nsqlookupd HTTP', host, lookupHttpPort)
    this.#self.producer.tcp_port = broadcastTcpPort || this.#ports.tcp
    this.#self.producer.http_port = broadcastHttpPort || this.#ports.http
    this.#self.producer.remote_address = this.tcpAddress
  }

  #stall(on: boolean): void {
    for (const client of [...this.#clients, ...this.#lookupClients]) client.stalled(on)
  }

  #forget(): void {
    for (const client of [...this.#clients, ...this.#lookupClients]) client.close()
    this.#http.closeAllConnections()
    this.#lookupHttp.closeAllConnections()
    this.#topics.clear()
    for (const topic of this.#registry.topics()) this.#registry.removeTopic(topic)
  }

  #lookupParts() {
    return {
      registry: this.#registry,
      memory: this.#memory,
      faults: this.faults,
      broadcastAddress: this.#settings.broadcastAddress,
      tcpPort: this.#ports.lookupTcp,
      httpPort: this.#ports.lookupHttp,
    }
  }

  #describe() {
    return {
      remote_address: '',
      hostname: hostname(),
      broadcast_address: this.#settings.broadcastAddress,
      tcp_port: 0,
      http_port: 0,
      version: VERSION,
    }
  }

  #address(port: number): string {
    const { host } = this.#settings
    return `${host.includes(':') ? `[${host}]` : host}:${port}`
  }
}
