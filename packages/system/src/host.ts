import { isIPv6 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { isLoopback } from '@livepods/access'
import type { Broker, Service } from '@livepods/service'

export const LOOPBACK = '127.0.0.1'

/** Every address of the machine. */
export function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/**
 * Where a program listens when those for everybody do on `host`: elsewhere only if it has no listener for callers alone. One for its own
 * further processes does not count: without these it is closed.
 */
export function hostOf({ listeners, calls }: Pick<Service | Broker, 'listeners' | 'calls'>, host: string): string {
  const others = listeners.filter(({ name }) => !Object.values(calls).includes(name))
  const isOpen = others.length > 0 && others.every(({ reachedBy }) => reachedBy === 'everybody')
  return isOpen ? host : LOOPBACK
}

/** How this machine itself reaches who listens on `host`, as in a URL. */
export function addressOf(host: string, port: number): string {
  const reached = isAny(host) ? LOOPBACK : host
  return `${isIPv6(reached) ? `[${reached}]` : reached}:${port}`
}

/** The address under which other machines reach who listens on `host`; undefined when they do not. */
export function addressForOthers(host: string): string | undefined {
  if (isLoopback(host)) return undefined
  if (!isAny(host)) return host
  return addresses().find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}

/** Those of this machine. */
export function addresses(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((ofOne) => ofOne ?? [])
}
