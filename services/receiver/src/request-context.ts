import type { FastifyRequest } from 'fastify'

/** Identifies the request that brought a submission; stored with the photo. */
export interface RequestContext {
  requestId?: string | undefined
  /** W3C trace context, version 00. */
  traceparent?: string | undefined
}

// https://www.w3.org/TR/trace-context/#traceparent-header: version 00, neither id all zero.
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** The context of a request; a malformed trace context is left out. */
export function requestContextOf({ id, headers }: Pick<FastifyRequest, 'id' | 'headers'>): RequestContext {
  const { traceparent } = headers
  return {
    requestId: id,
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
  }
}
