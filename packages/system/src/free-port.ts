import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** `wanted` when it is free on loopback, else a port that the system chooses; 0 = any. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer()
  try {
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch (error) {
    if (wanted === 0) throw error
    return await freePort(0)
  } finally {
    server.close()
  }
}
