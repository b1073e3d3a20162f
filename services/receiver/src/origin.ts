import type { FastifyRequest } from 'fastify'

/** The request that brought a submission. */
export interface Origin {
  requestId?: string | undefined
  /** W3C trace context, version 00. */
  traceparent?: string | undefined
}

// https://www.w3.org/TR/trace-context/#traceparent-header: version 00, neither id all zero.
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** Where a submission comes from; a malformed trace context is left out. */
export function originOf({ id, headers }: Pick<FastifyRequest, 'id' | 'headers'>): Origin {
  const { traceparent } = headers
  return {
    requestId: id,
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
  }
}
