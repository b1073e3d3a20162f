import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { LOOPBACK } from './host.ts'

/** Below those that Linux gives to outgoing connections (from 32768): such a one could have the port before its server does. */
const ANY = { from: 10_000, below: 32_768 }
const TRIES = 100

/** A port that is free on loopback: `wanted` where possible, else any; 0 = any. */
export async function freePort(wanted = 0): Promise<number> {
  const { port } = await freePorts({ port: wanted })
  return port
}

/** Several ports at once that are free on every one of `hosts`, all different; each the wanted one where possible, the first one first. */
export async function freePorts<Name extends string>(
  wanted: Record<Name, number>,
  hosts: readonly string[] = [LOOPBACK],
): Promise<Record<Name, number>> {
  const servers: Server[] = []
  const ports = {} as Record<Name, number>
  try {
    for (const name of Object.keys(wanted) as Name[]) {
      const taken = (wanted[name] > 0 && (await take(wanted[name], hosts))) || (await takeAny(hosts))
      servers.push(...taken.servers)
      ports[name] = taken.port
    }
    return ports
  } finally {
    for (const server of servers) server.close()
  }
}

interface Taken {
  port: number
  servers: Server[]
}

async function takeAny(hosts: readonly string[]): Promise<Taken> {
  for (let tries = 0; tries < TRIES; tries++) {
    const taken = await take(randomInt(ANY.from, ANY.below), hosts)
    if (taken) return taken
  }
  throw new Error(`No free port on ${hosts.join(', ')}.`)
}

/** A port with a server on each of the hosts; undefined where one of them cannot be. */
async function take(port: number, hosts: readonly string[]): Promise<Taken | undefined> {
  const servers = hosts.map((host) => createServer().listen({ host, port, exclusive: true }))
  const results = await Promise.allSettled(servers.map((server) => once(server, 'listening')))
  if (results.every(({ status }) => status === 'fulfilled')) return { port, servers }
  for (const server of servers) server.close()
  return undefined
}
