import { join } from 'node:path'
import type { Broker, Declaration, Group, Listener, Service } from '@livepods/service'
import type { Declared } from './declarations.ts'
import { addressForOthers, addressOf, hostOf, LOOPBACK } from './host.ts'
import { copyOf, startOrder } from './start-order.ts'
import { partsOf, type SystemPorts } from './system-ports.ts'

type Server = Declared<Service | Broker>

/** A process that runs until the system stops. */
export interface Member {
  name: string
  declaration: Server
  main: URL
  /** Where it listens, but for statuses: these are on loopback. */
  host: string
  /** The one for statuses among them. */
  listeners: MemberListener[]
  /** Those that it keeps. */
  folders: string[]
  /** Without the ports of its listeners, and with no more of the database than the port. */
  environment: Record<string, string>
}

export interface MemberListener {
  /** What `Edge` and `System.port` call it. */
  part: string
  /** The variable that names the port to the process. */
  variable: string
  port: number
  /** Who comes in here. */
  from: string[]
}

/**
 * Asked for every connection that one part will open to another; answers with the port to use in place of `port`, such as that of a
 * proxy in between. Who calls is a process, or "clients": all who come to a listener for everybody. Who is called is a listener, database,
 * nsqd (TCP), nsqd-http, nsqlookupd, or "receiver-ops" and so on, which a status page asks. Asked again, with the new port, when
 * `System.roll` has moved a part.
 */
export type Edge = (from: string, to: string, port: number) => number | Promise<number>

/** Everybody who is no part of the suite, and parts that come in as they do. */
const CLIENTS = 'clients'

/** With nothing in between. */
export const direct: Edge = (_from, _to, port) => port

export interface SuiteOptions {
  servers: readonly Server[]
  /** How many processes of a service there are, where it is more than one. */
  copies: Record<string, number>
  ports: SystemPorts
  /** Where those listen that everybody may reach; loopback unless given. */
  host?: string | undefined
  /** Keeps pictures, and what services keep. */
  directory: string
  /** The port of the database; the rest of MYSQL_… is known only when it runs. */
  databasePort: number
  /** NSQ_LOOKUP_ADDRESS and PRODUCER_… of a queue that is there already; absent: a broker is among the servers, if anybody needs one. */
  queue?: Record<string, string> | undefined
  /** Programs in place of members' own, by their names. */
  mains?: Record<string, URL> | undefined
  edge: Edge
}

/** Every connection between the parts of a suite, as "receiver→database", sorted. */
export async function edgesOf(servers: readonly Server[], copies: Record<string, number>): Promise<string[]> {
  const edges = new Set<string>()
  const edge: Edge = (from, to, port) => {
    edges.add(`${from}→${to}`)
    return port
  }
  const ports: SystemPorts = new Map(partsOf(servers, copies).map((part) => [part, 0]))
  await suite({ servers, copies, ports, directory: '', databasePort: 0, edge })
  return [...edges].sort()
}

interface Process<D = Server> {
  name: string
  declaration: D
  /** 1 is the first of its service. */
  copy: number
}

/** The processes in the order of their start; they stop in the reverse order. */
export async function suite(options: SuiteOptions): Promise<Member[]> {
  const { mains = {}, edge, host = LOOPBACK } = options
  const processes = processesOf(startOrder(options.servers), options)
  return await Promise.all(
    processes.map(async (process) => {
      const { name, declaration } = process
      const listeners = listenersOf(process, processes, options)
      for (const { part, port, from } of listeners) if (from.includes(CLIENTS)) await edge(CLIENTS, part, port)
      const kept = foldersOf(process, options)
      const own = declaration.kind === 'broker' ? await broadcast(options) : kept
      const environment = { ...trust(declaration, options), ...(await wiring(process, options)), ...own }
      const main = mains[name] ?? declaration.main
      const folders = Object.values(kept)
      return { name, declaration, main, host: hostOf(declaration, host), listeners, folders, environment }
    }),
  )
}

/** The processes of a group's services, and of the broker, if these call it. */
export function membersOf(group: Group, members: readonly Member[]): Member[] {
  const own = members.filter(({ declaration }) => declaration.kind === 'service' && declaration.group === group)
  const callsQueue = own.some(({ declaration: { calls } }) => Object.values(calls).includes('queue'))
  return [...members.filter(({ declaration: { kind } }) => kind === 'broker' && callsQueue), ...own]
}

function processesOf(servers: readonly Server[], { copies }: SuiteOptions): Process[] {
  return servers.flatMap((declaration) =>
    Array.from({ length: copies[declaration.name] ?? 1 }, (_, index) => ({
      name: copyOf(declaration.name, index + 1),
      declaration,
      copy: index + 1,
    })),
  )
}

function listenersOf({ name, declaration, copy }: Process, all: Process[], { ports }: SuiteOptions): MemberListener[] {
  const callers = (target: string, of = all) =>
    of.filter(({ declaration: { calls } }) => Object.values(calls).includes(target)).map((caller) => caller.name)
  const listening = declaration.listeners.map(({ name, variable, reachedBy }) => ({
    part: copyOf(name, copy),
    variable,
    from: reachedBy === 'everybody' ? [CLIENTS] : callers(name),
  }))
  const asking = callers(
    'statuses',
    all.filter((other) => shows(other.declaration, declaration)),
  )
  return [...listening, { part: `${name}-ops`, variable: 'OPS_PORT', from: asking }].map((listener) => ({
    ...listener,
    port: portOf(listener.part, ports),
  }))
}

/** Whether the statuses that one asks for are also those of the other. */
function shows(asking: Declaration, other: Server): boolean {
  return other.kind === 'broker' || (asking.kind === 'service' && asking.group === other.group)
}

/**
 * The variables that lead a process to those that it calls. Where there are several processes of whom it calls, the first of its own
 * service goes to the first one, the second to the second, and so on in turn.
 */
export async function wiring(
  { name: from, declaration, copy }: Process<Declaration>,
  options: SuiteOptions,
): Promise<Record<string, string>> {
  const { directory, ports, edge, copies } = options
  const environment: Record<string, string> = {}
  for (const [variable, target] of Object.entries(declaration.calls)) {
    switch (target) {
      case 'database':
        environment.MYSQL_PORT = `${await edge(from, 'database', options.databasePort)}`
        break
      case 'queue': {
        const address = await queueAddress(variable, from, options)
        if (address !== undefined) environment[variable] = address
        break
      }
      case 'pictures':
        environment.KNOWN_PEOPLE = join(directory, 'known_people')
        environment.UNKNOWN_PEOPLE = join(directory, 'unknown_people')
        break
      case 'statuses':
        environment[variable] = await statuses(from, declaration, options)
        break
      case 'pages':
        environment[variable] = pages(options)
        break
      case 'outside':
      case 'nobody':
        break
      default: {
        const { server, listener } = listenerCalled(target, options)
        if (server.name === declaration.name) {
          const peers = await peersOf({ name: from, declaration: server, copy }, listener, options)
          if (peers !== '') environment[variable] = peers
          break
        }
        const part = copyOf(target, ((copy - 1) % (copies[server.name] ?? 1)) + 1)
        const port = await edge(listener.reachedBy === 'everybody' ? CLIENTS : from, part, portOf(part, ports))
        const address = addressOf(hostOf(server, options.host ?? LOOPBACK), port)
        environment[variable] = `${variable.endsWith('_URL') ? `${listener.protocol}://` : ''}${address}`
      }
    }
  }
  return environment
}

/** The addresses of the other processes of a service that calls its own listener; empty where it is alone. */
async function peersOf(
  { name: from, declaration, copy }: Process,
  { name }: Listener,
  { ports, edge, copies, host = LOOPBACK }: SuiteOptions,
): Promise<string> {
  const all = Array.from({ length: copies[declaration.name] ?? 1 }, (_, index) => index + 1)
  const others = all
    .filter((other) => other !== copy)
    .map(async (other) => {
      const part = copyOf(name, other)
      return addressOf(hostOf(declaration, host), await edge(from, part, portOf(part, ports)))
    })
  return (await Promise.all(others)).join(',')
}

function portOf(part: string, ports: SystemPorts): number {
  const port = ports.get(part)
  if (port === undefined) throw new Error(`There is no part ${part}; there are ${[...ports.keys()].join(', ')}.`)
  return port
}

function listenerCalled(name: string, { servers }: SuiteOptions): { server: Server; listener: Listener } {
  const found = servers
    .flatMap((server) => server.listeners.map((listener) => ({ server, listener })))
    .find(({ listener }) => listener.name === name)
  if (!found) throw new Error(`Nobody who was started listens as ${name}.`)
  return found
}

/** Where people find the pages of those that are started, from another machine where that can reach them. */
function pages({ servers, ports, host = LOOPBACK }: SuiteOptions): string {
  return servers
    .flatMap((server) =>
      server.listeners.flatMap(({ name, protocol, shown }) => {
        if (!shown?.link) return []
        const at = hostOf(server, host)
        const address = addressOf(addressForOthers(at) ?? at, portOf(name, ports))
        return [`${shown.link}=${protocol}://${address}${shown.path ?? ''}`]
      }),
    )
    .join(',')
}

/** What a variable that leads to NSQ has to hold. */
async function queueAddress(variable: string, from: string, { queue, ports, edge }: SuiteOptions) {
  if (queue) return queue[variable]
  const through = async (part: string) => `127.0.0.1:${await edge(from, part, portOf(part, ports))}`
  if (variable === 'NSQ_LOOKUP_ADDRESS') return await through('nsqlookupd')
  if (variable === 'PRODUCER_HTTP_ADDRESS') return await through('nsqd-http')
  // Required, and called by nobody where there is one for HTTP.
  return `127.0.0.1:${portOf('nsqd', ports)}`
}

/** Where a broker says that it is. All who look it up get the same answer, so all go the way of the first one. */
async function broadcast({ servers, ports, edge }: SuiteOptions): Promise<Record<string, string>> {
  const consumer = servers.find(({ calls }) => 'NSQ_LOOKUP_ADDRESS' in calls)
  if (!consumer) return {}
  const through = async (part: string) => `${await edge(consumer.name, part, portOf(part, ports))}`
  return { NSQ_BROADCAST_TCP_PORT: await through('nsqd'), NSQ_BROADCAST_HTTP_PORT: await through('nsqd-http') }
}

/** Who calls a process for clients of its own does so from this machine. */
function trust({ name }: Declaration, { servers }: SuiteOptions): Record<string, string> {
  return servers.some(({ forwards = [] }) => forwards.includes(name)) ? { TRUST_PROXY: 'loopback' } : {}
}

/** The folders that a process keeps, by their variables: each copy of a service has its own. */
function foldersOf({ declaration, copy }: Process, { directory }: SuiteOptions): Record<string, string> {
  const { keeps = {} } = declaration.kind === 'service' ? declaration : {}
  const path = (folder: string) => join(directory, copyOf(folder, copy))
  return Object.fromEntries(Object.entries(keeps).map(([variable, folder]) => [variable, path(folder)]))
}

/** As the way of a request goes: whoever asks comes behind those that it asks, and the broker last. */
async function statuses(from: string, asking: Declaration, options: SuiteOptions): Promise<string> {
  const rank = (server: Server) => (server.kind === 'broker' ? 2 : server.name === asking.name ? 1 : 0)
  const asked = startOrder(options.servers)
    .toReversed()
    .filter((server) => shows(asking, server))
    .toSorted((one, other) => rank(one) - rank(other))
  const urls = processesOf(asked, options).map(async ({ name }) => {
    const part = `${name}-ops`
    return `${name}=http://127.0.0.1:${await options.edge(from, part, portOf(part, options.ports))}`
  })
  return (await Promise.all(urls)).join(',')
}
