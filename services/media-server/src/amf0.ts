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
  return Buffer.concat(values.flatMap(encode))
}

function encode(value: Amf): Buffer[] {
  if (value === null) return [Buffer.of(NULL)]
  if (value === undefined) return [Buffer.of(UNDEFINED)]
  if (typeof value === 'boolean') return [Buffer.of(BOOLEAN, value ? 1 : 0)]
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9)
    bytes.writeDoubleBE(value, 1)
    return [bytes]
  }
  if (typeof value === 'string') return [Buffer.of(STRING), encodeText(value)]
  if (Array.isArray(value)) {
    const head = Buffer.alloc(5, STRICT_ARRAY)
    head.writeUInt32BE(value.length, 1)
    return [head, ...value.flatMap(encode)]
  }
  if (value instanceof Date) throw new TypeError('Dates are only read.')
  const members = Object.entries(value).flatMap(([key, member]) => [encodeText(key), ...encode(member)])
  return [Buffer.of(OBJECT), ...members, Buffer.of(0, 0, OBJECT_END)]
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(text))
  bytes.writeUInt16BE(bytes.length - 2)
  bytes.write(text, 2)
  return bytes
}
