import { ProtocolError } from './protocol-error.ts'

export type Amf = number | boolean | string | null | undefined | Date | Amf[] | AmfObject
export interface AmfObject {
  [key: string]: Amf
}

/** A message nests no deeper and holds no more values than this. */
const MAX_DEPTH = 16
const MAX_VALUES = 4096

const NUMBER = 0
const BOOLEAN = 1
const STRING = 2
const OBJECT = 3
const NULL = 5
const UNDEFINED = 6
const ECMA_ARRAY = 8
const OBJECT_END = 9
const STRICT_ARRAY = 10
const DATE = 11
const LONG_STRING = 12
const UNSUPPORTED = 13
const XML = 15
const TYPED_OBJECT = 16

/** All values of a message (AMF 0, 2007). Throws ProtocolError. */
export function decodeAmf(bytes: Buffer): Amf[] {
  const reader = new AmfReader(bytes)
  const values: Amf[] = []
  while (!reader.atEnd) values.push(reader.read(0))
  return values
}

export function isAmfObject(value: Amf): value is AmfObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

class AmfReader {
  readonly #bytes: Buffer
  #at = 0
  #values = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  read(depth: number): Amf {
    if (depth > MAX_DEPTH) throw new ProtocolError('an AMF value is nested too deep')
    if (++this.#values > MAX_VALUES) throw new ProtocolError('a message has too many AMF values')
    const type = this.#bytes[this.#skip(1)] as number
    switch (type) {
      case NUMBER:
        return this.#bytes.readDoubleBE(this.#skip(8))
      case BOOLEAN:
        return this.#bytes[this.#skip(1)] !== 0
      case STRING:
        return this.#text(this.#uint16())
      case OBJECT:
        return this.#object(depth)
      case NULL:
        return null
      case UNDEFINED:
      case UNSUPPORTED:
        return undefined
      case ECMA_ARRAY:
        this.#skip(4)
        return this.#object(depth)
      case STRICT_ARRAY:
        return this.#array(depth)
      case DATE: {
        const milliseconds = this.#bytes.readDoubleBE(this.#skip(8))
        this.#skip(2)
        return new Date(milliseconds)
      }
      case LONG_STRING:
      case XML:
        return this.#text(this.#uint32())
      case TYPED_OBJECT:
        this.#text(this.#uint16())
        return this.#object(depth)
      default:
        throw new ProtocolError(`there is no AMF type ${type}`)
    }
  }

  #object(depth: number): AmfObject {
    const object: AmfObject = Object.create(null)
    // Some encoders leave out the end of a message's last object.
    while (!this.atEnd) {
      const key = this.#text(this.#uint16())
      if (this.#bytes[this.#at] === OBJECT_END) {
        this.#at++
        break
      }
      object[key] = this.read(depth + 1)
    }
    return object
  }

  #array(depth: number): Amf[] {
    const count = this.#uint32()
    // A value has at least one byte.
    if (count > this.#bytes.length - this.#at) throw new ProtocolError('an AMF array is longer than its message')
    return Array.from({ length: count }, () => this.read(depth + 1))
  }

  #text(length: number): string {
    const at = this.#skip(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  #uint16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2))
  }

  #uint32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4))
  }

  /** Where the next `length` bytes begin. */
  #skip(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) throw new ProtocolError('an AMF value is cut off')
    this.#at += length
    return at
  }
}

/** The bytes of these values. Texts of at most 65 535 bytes; dates are only read. */
export function encodeAmf(...values: Amf[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.reduce<number>((sum, value) => sum + sizeOf(value), 0))
  let at = 0
  for (const value of values) at = write(value, bytes, at)
  return bytes
}

function sizeOf(value: Amf): number {
  if (value === null || value === undefined) return 1
  if (typeof value === 'boolean') return 2
  if (typeof value === 'number') return 9
  if (typeof value === 'string') return 1 + textSize(value)
  if (Array.isArray(value)) return value.reduce<number>((sum, member) => sum + sizeOf(member), 5)
  if (value instanceof Date) throw new TypeError('Dates are only read.')
  return Object.entries(value).reduce((sum, [key, member]) => sum + textSize(key) + sizeOf(member), 4)
}

/** Returns where the value ends. */
function write(value: Amf, bytes: Buffer, at: number): number {
  if (value === null) return bytes.writeUInt8(NULL, at)
  if (value === undefined) return bytes.writeUInt8(UNDEFINED, at)
  if (typeof value === 'boolean') return bytes.writeUInt8(value ? 1 : 0, bytes.writeUInt8(BOOLEAN, at))
  if (typeof value === 'number') return bytes.writeDoubleBE(value, bytes.writeUInt8(NUMBER, at))
  if (typeof value === 'string') return writeText(value, bytes, bytes.writeUInt8(STRING, at))
  let end = at
  if (Array.isArray(value)) {
    end = bytes.writeUInt32BE(value.length, bytes.writeUInt8(STRICT_ARRAY, end))
    for (const member of value) end = write(member, bytes, end)
    return end
  }
  end = bytes.writeUInt8(OBJECT, end)
  for (const [key, member] of Object.entries(value)) end = write(member, bytes, writeText(key, bytes, end))
  return bytes.writeUIntBE(OBJECT_END, end, 3)
}

function textSize(text: string): number {
  return 2 + Buffer.byteLength(text)
}

function writeText(text: string, bytes: Buffer, at: number): number {
  const length = bytes.write(text, at + 2)
  bytes.writeUInt16BE(length, at)
  return at + 2 + length
}
