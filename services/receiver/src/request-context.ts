import { traceparentOf } from '@livepods/http'
import type { FastifyRequest } from 'fastify'

/** Identifies the request that brought a submission; stored with the photo. */
export interface RequestContext {
  requestId?: string | undefined
  /** W3C trace context, version 00. */
  traceparent?: string | undefined
}

/** The context of a request; a malformed trace context is left out. */
export function requestContextOf({ id, headers }: Pick<FastifyRequest, 'id' | 'headers'>): RequestContext {
  const traceparent = traceparentOf(headers)
  return {
    requestId: id,
    ...(traceparent && { traceparent }),
  }
}
