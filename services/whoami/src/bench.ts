import { ServerResponse } from 'node:http'
import type { Outgoing } from './exchange.ts'

const BODY = Buffer.from('1')

/** `/bench`: the least that can be answered. */
export function bench(response: Outgoing, isLast: boolean): void {
  if (response instanceof ServerResponse) {
    const connection = isLast || !response.shouldKeepAlive ? 'close' : 'keep-alive'
    response.writeHead(200, { 'Content-Type': 'text/plain', Connection: connection, 'Content-Length': 1 })
    response.end(BODY)
  } else {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1' })
    response.end(BODY)
  }
}
