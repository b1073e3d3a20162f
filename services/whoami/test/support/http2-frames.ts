export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, continuation: 9 } as const
export const FLAG = { endStream: 1, endHeaders: 4 } as const

/** length (3) | type (1) | flags (1) | stream (4) | payload: RFC 9113, 4.1 */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Of `GET http://x/`, in HPACK: three entries of its table, and one literal. */
export const GET_HEADERS = Buffer.from([0x82, 0x86, 0x84, 0x01, 0x01, 'x'.charCodeAt(0)])

/** A field of its own, which is in no table. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
}
