import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { ProblemError } from './problem.ts'
import { problemAnswer } from './send-problem.ts'

/** Answers what Node could not read as a request; there is neither a request nor a response. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: underWay } = socket as { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || underWay?.headersSent) return void socket.destroy()
  const requestId = randomUUID()
  const problem = problemOf(error)
  const { status, headers, body } = problemAnswer(problem, requestId)
  const fields = Object.entries({ ...headers, 'x-request-id': requestId, connection: 'close' })
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${status} ${problem.title}\r\n${lines}\r\n${body}`)
  // What still comes is read and forgotten: else the connection would be reset, and the answer lost.
  socket.resume()
}

function problemOf(error: NodeJS.ErrnoException): ProblemError {
  switch (error.code ?? '') {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError(408, 'The request took too long to arrive.', { cause: error })
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError(431, 'The header of the request is larger than 16 KiB.', { cause: error })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ProblemError(413, 'The chunk extensions of the body are too large.', { cause: error })
    default:
      return new ProblemError(400, 'This is not a request of HTTP/1.1.', { cause: error })
  }
}
