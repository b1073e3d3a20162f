import { isIP } from 'node:net'

/** Who connected to a proxy. */
export interface Endpoint {
  address: string
  port: number
}

export type ProxyHeader =
  /** No header begins like this. */
  | { kind: 'none' }
  /** More bytes are needed to tell. */
  | { kind: 'unfinished' }
  /** It begins like one and is none. */
  | { kind: 'invalid' }
  /** `source` is absent where the proxy speaks for itself (a health check), or of a client without an IP address. */
  | { kind: 'header'; version: 1 | 2; length: number; source: Endpoint | undefined; destination: Endpoint | undefined }

const SIGNATURE_2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const SIGNATURE_1 = Buffer.from('PROXY ')
/** The longest line of version 1, with its end. */
const MAX_LINE = 107
/** Addresses have 36 bytes at most; the rest are extensions (TLV), such as a client's certificate, that nobody here reads. */
const MAX_LENGTH_2 = 16 + 4096

/**
 * The header of the PROXY protocol that `head`, the first bytes of a connection, begins with.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
export function readProxyHeader(head: Buffer): ProxyHeader {
  if (beginsLike(head, SIGNATURE_2)) return head.length < 16 ? { kind: 'unfinished' } : readVersion2(head)
  if (beginsLike(head, SIGNATURE_1)) return readVersion1(head)
  return { kind: 'none' }
}

function beginsLike(head: Buffer, signature: Buffer): boolean {
  const length = Math.min(head.length, signature.length)
  return head.subarray(0, length).equals(signature.subarray(0, length))
}

/** `PROXY TCP4 192.0.2.1 192.0.2.2 54321 80\r\n` */
function readVersion1(head: Buffer): ProxyHeader {
  const end = head.subarray(0, MAX_LINE).indexOf('\r\n')
  if (end < 0) return { kind: head.length < MAX_LINE ? 'unfinished' : 'invalid' }
  const [, family, ...rest] = head.toString('latin1', 0, end).split(' ')
  const header = { kind: 'header', version: 1, length: end + 2 } as const
  if (family === 'UNKNOWN') return { ...header, source: undefined, destination: undefined }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined
  const [from = '', to = '', fromPort = '', toPort = ''] = rest
  const isValid =
    rest.length === 4 && isIP(from) === version && isIP(to) === version && isPort(fromPort) && isPort(toPort)
  if (!isValid) return { kind: 'invalid' }
  return {
    ...header,
    source: { address: from, port: Number(fromPort) },
    destination: { address: to, port: Number(toPort) },
  }
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

/**
 * signature (12) | version 2, command (1) | family, transport (1) | length of the rest (2) | source, destination, their ports | TLVs
 */
function readVersion2(head: Buffer): ProxyHeader {
  const length = 16 + head.readUInt16BE(14)
  const command = head.readUInt8(12)
  const family = head.readUInt8(13) >> 4
  const size = family === 1 ? 4 : family === 2 ? 16 : 0
  const isValid = command >> 4 === 2 && (command & 15) <= 1 && length <= MAX_LENGTH_2
  if (!isValid || ((command & 15) === 1 && size > 0 && length < 16 + 2 * size + 4)) return { kind: 'invalid' }
  if (head.length < length) return { kind: 'unfinished' }
  const header = { kind: 'header', version: 2, length } as const
  if ((command & 15) === 0 || size === 0) return { ...header, source: undefined, destination: undefined }
  const endpoint = (index: number) => ({
    address: addressOf(head.subarray(16 + index * size, 16 + (index + 1) * size)),
    port: head.readUInt16BE(16 + 2 * size + 2 * index),
  })
  return { ...header, source: endpoint(0), destination: endpoint(1) }
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  // The URL parser shortens it as RFC 5952 says.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
