import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** Below those that Linux gives to outgoing connections (from 32768): such a one could have the port before its server does. */
const ANY = { from: 10_000, below: 32_768 }
const TRIES = 100

/** A port that is free on loopback: `wanted` where possible, else any; 0 = any. */
export async function freePort(wanted = 0): Promise<number> {
  const { port } = await freePorts({ port: wanted })
  return port
}

/** Several free ports at once, all different; each the wanted one where possible. */
export async function freePorts<Name extends string>(wanted: Record<Name, number>): Promise<Record<Name, number>> {
  const servers: Server[] = []
  const ports = {} as Record<Name, number>
  try {
    for (const name of Object.keys(wanted) as Name[]) {
      const server = (wanted[name] > 0 && (await listening(wanted[name]))) || (await listeningAnywhere())
      servers.push(server)
      ports[name] = (server.address() as AddressInfo).port
    }
    return ports
  } finally {
    for (const server of servers) server.close()
  }
}

async function listeningAnywhere(): Promise<Server> {
  for (let tries = 0; tries < TRIES; tries++) {
    const server = await listening(randomInt(ANY.from, ANY.below))
    if (server) return server
  }
  throw new Error('No free port on 127.0.0.1.')
}

async function listening(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true })
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}
