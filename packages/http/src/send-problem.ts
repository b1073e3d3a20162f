import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { ProblemError } from './problem.ts'

/** The body of an answer, see ProblemSchema. */
export function problemBody({ status, title, message: detail, fields }: ProblemError, requestId: string) {
  return { ...fields, type: 'about:blank', title, status, detail, requestId }
}

/** What a problem is on the wire, where fastify does not answer. */
export function problemAnswer(problem: ProblemError, requestId: string = randomUUID()) {
  const { status, headers } = problem
  const body = JSON.stringify(problemBody(problem, requestId))
  const length = String(Buffer.byteLength(body))
  return { status, headers: { ...headers, 'content-type': 'application/problem+json', 'content-length': length }, body }
}

export interface SendProblemOptions {
  /** Made unless given. */
  requestId?: string
  /** Further header fields. */
  headers?: Record<string, string>
}

/** Answers with a problem where fastify does not, and ends the connection where the request was not received whole. */
export function sendProblem(
  response: ServerResponse,
  problem: ProblemError,
  { requestId, headers: more }: SendProblemOptions = {},
): void {
  const { status, headers, body } = problemAnswer(problem, requestId)
  const last = response.req.complete ? {} : { connection: 'close' }
  response.writeHead(status, { ...more, ...headers, ...last }).end(response.req.method === 'HEAD' ? undefined : body)
}
