import type { IncomingHttpHeaders } from 'node:http'

// https://www.w3.org/TR/trace-context/#traceparent-header: version 00, neither id all zero.
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** The W3C trace context (version 00) that a request came with; a malformed one is left out. */
export function traceparentOf({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined
}
