import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** Whether requests of this method may change something. */
export function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** Throws Problem 403 when a browser says that a page of another site sends a request that may change something. */
export function refuseOtherSites({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): void {
  if (!isChange(method)) return
  // Browsers send it over TLS and to localhost; it knows the origin also behind a proxy that changes the host.
  const site = headers['sec-fetch-site']
  const isOwn = site === undefined ? isOfHost(headers.origin, headers.host) : site === 'same-origin' || site === 'none'
  if (!isOwn)
    throw new Problem(403, 'The request comes from a page of another site. Open this site itself and try again.')
}

/** What is no browser sends no origin; a page that may not tell its own says "null". */
function isOfHost(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || URL.parse(origin)?.host === host
}
