import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** What Node could not read as a request, as an answer has it. */
export interface ClientError {
  status: number
  /** A sentence for people. */
  detail: string
}

/** Answers what Node could not read as a request (event `clientError`); there is neither a request nor a response. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  render: (fault: ClientError) => { headers: Record<string, string>; body: string },
): void {
  const { _httpMessage: underWay } = socket as { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || underWay?.headersSent) return void socket.destroy()
  const fault = faultOf(error.code)
  const { headers, body } = render(fault)
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}\r\n${lines.join('')}\r\n${body}`)
  // What still comes is read and forgotten: else the connection would be reset, and the answer lost.
  socket.resume()
}

function faultOf(code = ''): ClientError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'The request took too long to arrive.' }
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'The header of the request is larger than 16 KiB.' }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, detail: 'The chunk extensions of the body are too large.' }
    default:
      return { status: 400, detail: 'This is not a request of HTTP/1.1.' }
  }
}
