import type { FastifyRequest } from 'fastify'
import type { Origin } from './entry.ts'

// https://www.w3.org/TR/trace-context/#traceparent-header: version 00, neither id all zero.
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** How the messages of a request came; a malformed trace context is left out. */
export function originOf(
  { ip, id, headers }: Pick<FastifyRequest, 'ip' | 'id' | 'headers'>,
  relay: string | null,
): Origin {
  const { traceparent } = headers
  return {
    address: ip,
    relay,
    requestId: id,
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null,
  }
}
