import { randomBytes } from 'node:crypto'

/** A new trace, sampled. https://www.w3.org/TR/trace-context/#traceparent-header */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}

/** The trace's id is the id of the request, too: one word finds a message in all logs. */
export function requestIdOf(traceparent: string): string {
  return traceparent.slice(3, 35)
}
