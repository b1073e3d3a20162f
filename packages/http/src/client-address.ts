import type { IncomingMessage } from 'node:http'
import proxyAddress from '@fastify/proxy-addr'

/**
 * How to know who sends a request that does not come through fastify, which has it as `request.ip`.
 * @param trustProxy as ProxyEnv has it; absent: whoever connects
 */
export function clientAddress(trustProxy: string | undefined): (request: IncomingMessage) => string {
  const proxies = trustProxy === undefined ? [] : trustProxy.split(',').map((proxy) => proxy.trim())
  const isTrusted = proxyAddress.compile(proxies)
  return (request) => proxyAddress(request, isTrusted) ?? ''
}
