import type { Broker, Service } from '@livepods/service'
import { type Declared, usualPort } from './declarations.ts'
import { freePorts } from './free-port.ts'
import { copyOf } from './start-order.ts'

/** Ports by the parts that listen there: listeners, "receiver-ops" and so on, database. */
export type SystemPorts = Map<string, number>

/** Not 3306: that is the machine's own. */
const DATABASE = 3307

/** The ports that these have on a laptop; further copies have any. */
export function usualPorts(servers: readonly Declared<Service | Broker>[]): Record<string, number> {
  return {
    database: DATABASE,
    ...Object.fromEntries(
      servers.flatMap((server) => [
        ...server.listeners.map((listener) => [listener.name, usualPort(server, listener)]),
        [`${server.name}-ops`, server.opsPort],
      ]),
    ),
  }
}

export interface ChosenPorts {
  servers: readonly Declared<Service | Broker>[]
  /** How many processes of a service there are, where it is more than one. */
  copies: Record<string, number>
  /** Take the usual ports where they are free; else any, so that several systems run side by side. */
  usual: boolean
}

export async function choosePorts({ servers, copies, usual }: ChosenPorts): Promise<SystemPorts> {
  const wanted: Record<string, number> = usual ? usualPorts(servers) : {}
  const parts = partsOf(servers, copies).map((part) => [part, wanted[part] ?? 0])
  return new Map(Object.entries(await freePorts(Object.fromEntries(parts))))
}

/** The names of all ports. */
export function partsOf(servers: ChosenPorts['servers'], copies: ChosenPorts['copies']): string[] {
  const ofServers = servers.flatMap(({ name, listeners }) =>
    Array.from({ length: copies[name] ?? 1 }, (_, index) => [
      ...listeners.map((listener) => copyOf(listener.name, index + 1)),
      `${copyOf(name, index + 1)}-ops`,
    ]).flat(),
  )
  return ['database', ...ofServers]
}
