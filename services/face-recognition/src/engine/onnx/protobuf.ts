import { borrow } from '../../memory.ts'

/** Encoded protobuf in pieces, so that weights are copied once, at the end. */
export type Encoded = readonly Uint8Array[]

/** Wire types: https://protobuf.dev/programming-guides/encoding/ */
const [VARINT, LENGTH_DELIMITED, FLOAT32] = [0, 2, 5] as const

/** A field of type int32, int64 or enum; `value` is at least 0. */
export function integer(field: number, value: number): Encoded {
  return [Uint8Array.from([...tag(field, VARINT), ...varint(value)])]
}

export function float(field: number, value: number): Encoded {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return [Uint8Array.from([...tag(field, FLOAT32), ...bytes])]
}

export function text(field: number, value: string): Encoded {
  return bytes(field, Buffer.from(value))
}

/** A field of type bytes; the numbers of an array as they lie in memory, little endian on every machine that Node runs on. */
export function bytes(field: number, { buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Encoded {
  return message(field, [new Uint8Array(buffer, byteOffset, byteLength)])
}

/** A message in a field, or a string of bytes: the wire knows no difference. */
export function message(field: number, ...parts: Encoded[]): Encoded {
  const body = parts.flat()
  return [Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(lengthOf(body))]), ...body]
}

/** All of it in memory of its own. */
export function joined(encoded: Encoded): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(borrow(lengthOf(encoded)))
  let at = 0
  for (const part of encoded) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function lengthOf(encoded: Encoded): number {
  return encoded.reduce((sum, { length }) => sum + length, 0)
}

function tag(field: number, type: number): number[] {
  return varint(field * 8 + type)
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}
