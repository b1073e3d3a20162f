import { Problem } from '@livepods/http'
import type { FastifyRequest } from 'fastify'

/** Who asks, for the log of changes. */
export const actorOf = (_request: FastifyRequest) => 'anybody'

/** Throws Problem 403 when a browser says that a page of somebody else sent the request. */
export async function refuseOtherOrigins(request: FastifyRequest): Promise<void> {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  const foreign = site === 'cross-site' || site === 'same-site'
  // A page that sends no referrer says "null" here, ours too.
  const other = origin !== undefined && origin !== 'null' && URL.parse(origin)?.host !== host
  if (foreign || other)
    throw new Problem(403, 'The request comes from a page of another site. Open this site itself and try again.')
}
