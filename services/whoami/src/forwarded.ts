import type { IncomingMessage } from 'node:http'
import proxyAddress from '@fastify/proxy-addr'
import type { Incoming } from './exchange.ts'
import type { Origin } from './front.ts'

/** Whether an address is one of the proxies of TRUST_PROXY; absent: none is. */
export function trustOf(trustProxy: string | undefined): (address: string) => boolean {
  const proxies = trustProxy === undefined ? [] : trustProxy.split(',').map((proxy) => proxy.trim())
  const isTrusted = proxyAddress.compile(proxies)
  return (address) => isTrusted(address, 0)
}

/** Who connected, then whom each trusted proxy names in X-Forwarded-For, the client last. */
export function forwardedChain(
  { headers }: Incoming,
  { client }: Origin,
  trusts: (address: string) => boolean,
): string[] {
  const request = { headers, socket: { remoteAddress: client.address } } as unknown as IncomingMessage
  return proxyAddress.all(request, trusts)
}
