import type { Server } from 'node:net'

/** Listens and answers the port; an error names the listener, its address and what to do. */
export async function listen(server: Server, name: string, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error) => {
      reject(
        new Error(`${name} cannot listen on ${host}:${port}: ${cause.message}; choose another port or host`, { cause }),
      )
    }
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`${name} has no port`)
  return address.port
}

/** Stops listening; resolves when all its connections are gone, too. */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
