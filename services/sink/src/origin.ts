import { traceparentOf } from '@livepods/http'
import type { FastifyRequest } from 'fastify'
import type { Origin } from './entry.ts'

/** How the messages of a request came; a malformed trace context is left out. */
export function originOf(
  { ip, id, headers }: Pick<FastifyRequest, 'ip' | 'id' | 'headers'>,
  relay: string | null,
): Origin {
  return {
    address: ip,
    relay,
    requestId: id,
    traceparent: traceparentOf(headers) ?? null,
  }
}
