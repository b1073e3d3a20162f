import { readFile, writeFile } from 'node:fs/promises'
import type { Broker, Service } from '@livepods/service'
import { type Declared, usualPort } from './declarations.ts'
import { freePorts } from './free-port.ts'
import { isAny, LOOPBACK } from './host.ts'
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
  /**
   * Take the ports that were taken the last time, which this file keeps so that bookmarks live, or else the usual ones, where they are
   * free. Without it any, so that several systems run side by side.
   */
  memory?: string | undefined
  /** Ports that parts must have. */
  given?: Record<string, number> | undefined
  /** Where those listen that everybody may reach. */
  host?: string | undefined
}

/** Throws a sentence when a given port cannot be had. */
export async function choosePorts(options: ChosenPorts): Promise<SystemPorts> {
  const { servers, copies, memory, given = {}, host = LOOPBACK } = options
  const earlier = memory === undefined ? {} : await remembered(memory)
  const wanted = { ...(memory !== undefined && usualPorts(servers)), ...earlier, ...given }
  const parts = partsOf(servers, copies).map((part) => [part, wanted[part] ?? 0] as const)
  // Whoever must have one is asked first.
  const order = parts.toSorted(([one], [other]) => Number(other in given) - Number(one in given))
  const hosts = isAny(host) ? [host] : [...new Set([LOOPBACK, host])]
  const ports = await freePorts(Object.fromEntries(order), hosts)
  for (const [part, port] of Object.entries(given)) {
    if (part in ports && ports[part] !== port)
      throw new Error(`Port ${port}, chosen for ${part}, cannot be had: somebody listens there, or it needs root.`)
  }
  if (memory !== undefined) await writeFile(memory, JSON.stringify({ ...earlier, ...ports }, null, 2))
  return new Map(Object.entries(ports))
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

async function remembered(file: string): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, number>
  } catch {
    // None yet, or one that a killed start left half written: then the usual ones.
    return {}
  }
}
