import type { TLSSocket } from 'node:tls'
import { version } from '@livepods/service'
import { clientSubjects } from './certificate.ts'
import type { Exchange, Incoming } from './exchange.ts'
import type { Origin } from './front.ts'
import { fieldsOf } from './go-headers.ts'
import { escapedPath } from './go-path.ts'
import type { Identity } from './identity.ts'

interface Parts {
  identity: Identity
  origin: Origin
  /** Addresses of X-Forwarded-For that trusted proxies vouch for, the client last; at least who connected. */
  forwarded: (request: Incoming) => string[]
}

export type Overview = ReturnType<typeof overviewOf>

/** `/v1/whoami`: who answers, who asks, and how the request came here. */
export function overviewOf(exchange: Exchange, { identity, origin, forwarded }: Parts) {
  const { request, path, search, host } = exchange
  const { node, pod, namespace, zone, name, hostname, ips } = identity
  const chain = forwarded(request)
  return {
    server: { name, hostname, ips, node, pod, namespace, zone, version },
    client: { address: chain.at(-1) ?? origin.client.address, port: origin.client.port, trustedChain: chain },
    proxy: origin.proxy && { ...origin.proxy, source: origin.client },
    request: {
      method: request.method,
      host,
      url: escapedPath(path) + search,
      protocol: `HTTP/${request.httpVersion}`,
      headers: fieldsOf(request.rawHeaders).map(([name, value]) => ({
        name,
        value: Buffer.from(value, 'latin1').toString('utf8'),
      })),
    },
    tls: tlsOf(request),
  }
}

function tlsOf({ socket }: Incoming) {
  if (!('encrypted' in socket)) return undefined
  const tls = socket as TLSSocket
  return {
    protocol: tls.getProtocol(),
    cipher: tls.getCipher().standardName,
    alpn: tls.alpnProtocol || null,
    serverName: tls.servername || null,
    clientCertificates: clientSubjects(tls),
    isVerified: tls.authorized,
  }
}
