import { once } from 'node:events'
import { isIP, type Socket, SocketAddress } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'

/** What stands before the bytes of a client: its length, and whose they are; absent: the proxy's own, such as its health check. */
export interface ProxyHeader {
  length: number
  address: string | undefined
}

const V1 = Buffer.from('PROXY ')
const V1_MAX_BYTES = 107
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Signature, version and command, family, length of what follows. */
const V2_HEAD_BYTES = 16
/** Addresses, and what proxies add to them. */
const V2_MAX_BODY_BYTES = 4096
const PROXIED = 0x21
const LOCAL = 0x20
const TCP4 = 0x11
const TCP6 = 0x21

/**
 * The header of the PROXY protocol, version 1 or 2 (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), that these bytes begin
 * with; undefined while more is needed. Throws ProtocolError.
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsAlike(bytes, V2)) return bytes.length < V2_HEAD_BYTES ? undefined : parseV2(bytes)
  if (startsAlike(bytes, V1)) return parseV1(bytes)
  throw new ProtocolError('a connection without the PROXY header')
}

/** Takes the header from a connection; what is behind it stays to be read. Resolves with the client's address. Rejects with ProtocolError. */
export async function takeProxyHeader(socket: Socket): Promise<string | undefined> {
  const closing = new AbortController()
  const close = () => closing.abort()
  socket.once('close', close)
  try {
    for (let bytes = Buffer.alloc(0); ; ) {
      const header = parseProxyHeader(bytes)
      if (header) {
        if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
        return header.address ?? socket.remoteAddress
      }
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

function startsAlike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.subarray(0, length).equals(signature.subarray(0, length))
}

/** PROXY TCP4 198.51.100.7 192.0.2.1 50000 1935 */
function parseV1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n')
  if (end < 0) {
    if (bytes.length >= V1_MAX_BYTES) throw new ProtocolError('a PROXY header that is too long')
    return undefined
  }
  const length = end + 2
  const [, family, address = ''] = bytes.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { length, address: undefined }
  if (isIP(address) !== (family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1))
    throw new ProtocolError('a PROXY header without an address')
  return { length, address }
}

function parseV2(bytes: Buffer): ProxyHeader | undefined {
  const [command, family] = bytes.subarray(V2.length)
  const body = bytes.readUInt16BE(V2.length + 2)
  if (body > V2_MAX_BODY_BYTES) throw new ProtocolError('a PROXY header that is too long')
  const length = V2_HEAD_BYTES + body
  if (bytes.length < length) return undefined
  if (command === LOCAL) return { length, address: undefined }
  const addresses = bytes.subarray(V2_HEAD_BYTES, length)
  if (command === PROXIED && family === TCP4 && body >= 12)
    return { length, address: [...addresses.subarray(0, 4)].join('.') }
  if (command === PROXIED && family === TCP6 && body >= 36) return { length, address: ipv6(addresses.subarray(0, 16)) }
  throw new ProtocolError('a PROXY header without an address')
}

/** As it is usually written. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
