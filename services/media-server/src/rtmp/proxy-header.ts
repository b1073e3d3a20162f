import { once } from 'node:events'
import type { Socket } from 'node:net'
import { readProxyHeader } from '@livepods/http/proxy-header'
import { ProtocolError } from '../protocol-error.ts'

/** Takes the PROXY header from a connection; what is behind it stays to be read. Resolves with the client's address. Rejects with ProtocolError. */
export async function takeProxyHeader(socket: Socket): Promise<string | undefined> {
  const closing = new AbortController()
  const close = () => closing.abort()
  socket.once('close', close)
  try {
    for (let bytes = Buffer.alloc(0); ; ) {
      const header = readProxyHeader(bytes)
      if (header.kind === 'header') {
        if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
        return header.source?.address ?? socket.remoteAddress
      }
      if (header.kind === 'none') throw new ProtocolError('a connection without the PROXY header')
      if (header.kind === 'invalid') throw new ProtocolError('a PROXY header that cannot be read')
      const piece = socket.read() as Buffer | null
      if (piece) bytes = Buffer.concat([bytes, piece])
      else if (socket.readableEnded || socket.destroyed)
        throw new ProtocolError('a connection that ended before its client')
      else await once(socket, 'readable', { signal: closing.signal })
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('a connection that ended before its client', { cause: error })
  } finally {
    socket.off('close', close)
  }
}
