import type { Broker, Service } from '@livepods/service'
import { DeclarationError, type Declared } from './declarations.ts'

type Server = Declared<Service | Broker>

/** Whoever is called stands before those that call; a broker before all, and among equals the alphabet decides. Throws DeclarationError for a circle. */
export function startOrder(servers: readonly Server[]): Server[] {
  const order = servers.filter(({ kind }) => kind === 'broker')
  const waiting = servers
    .filter(({ kind }) => kind !== 'broker')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  while (waiting.length > 0) {
    const next = waiting.findIndex((one) => !waiting.some((other) => other !== one && isCalled(other, one)))
    if (next < 0)
      throw new DeclarationError(`${waiting.map(({ name }) => name).join(', ')} call each other in a circle.`)
    order.push(...waiting.splice(next, 1))
  }
  return order
}

/** The name of the nth process of a service, or of its listener: image-processor, image-processor-2 and so on. */
export function copyOf(name: string, index: number): string {
  return index === 1 ? name : `${name}-${index}`
}

function isCalled(server: Server, by: Server): boolean {
  return server.listeners.some(({ name }) => Object.values(by.calls).includes(name))
}
