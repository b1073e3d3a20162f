import { isUtf8 } from 'node:buffer'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { InvalidMessageError } from './errors.ts'

/** Bytes of one body at most. */
export const MAX_BODY_BYTES = 1024 * 1024

/** A message as it is sent. Exactly one of `body`, `base64` (a body that is no UTF-8) and `tombstone` is there. */
export const WireMessageSchema = Type.Object(
  {
    stream: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9._:~-]{1,128}$', description: 'who numbers it: name~epoch, with seq' }),
    ),
    seq: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'its number in the stream, from 1 without gaps',
      }),
    ),
    body: Type.Optional(Type.String({ description: `text of at most ${MAX_BODY_BYTES} bytes` })),
    base64: Type.Optional(
      Type.String({
        pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
        description: 'in place of body: bytes that are no UTF-8',
      }),
    ),
    tombstone: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'in place of body: SHA-256 of a body that was refused, so that the stream goes on without it',
      }),
    ),
    requestId: Type.Optional(Type.String({ pattern: '^[!-~]{1,64}$' })),
    traceparent: Type.Optional(Type.String({ pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' })),
  },
  { additionalProperties: false },
)

type WireMessage = Static<typeof WireMessageSchema>

/** What a sender says, or what stands in its place. */
export interface Message {
  /** Who numbers it, and its number from 1 without gaps; both absent: whoever takes it numbers it. */
  stream?: string
  seq?: number
  content: Content
  requestId?: string
  /** W3C trace context, version 00. */
  traceparent?: string
}

/** Text, bytes that are no UTF-8, or the tombstone of a message that was refused: the SHA-256 of its body in hex. */
export type Content = string | Buffer | { tombstone: string }

const wire = Compile(WireMessageSchema)

/** The message in a JSON value. Throws InvalidMessageError. */
export function parseMessage(value: unknown): Message {
  if (!wire.Check(value)) throw new InvalidMessageError(400, faultOf(value))
  const { stream, seq, requestId, traceparent } = value
  if ((stream === undefined) !== (seq === undefined))
    throw new InvalidMessageError(400, 'stream and seq come together, or neither.')
  const content = contentOf(value)
  const bytes = typeof content === 'string' || Buffer.isBuffer(content) ? Buffer.byteLength(content) : 0
  if (bytes > MAX_BODY_BYTES)
    throw new InvalidMessageError(413, `The body has ${bytes} bytes; ${MAX_BODY_BYTES} are allowed.`)
  return {
    ...(stream !== undefined && seq !== undefined && { stream, seq }),
    content,
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
  }
}

/** The message as JSON, on one line. */
export function formatMessage({ stream, seq, content, requestId, traceparent }: Message): string {
  const carried =
    typeof content === 'string'
      ? { body: content }
      : Buffer.isBuffer(content)
        ? { base64: content.toString('base64') }
        : { tombstone: content.tombstone }
  return JSON.stringify({ stream, seq, ...carried, requestId, traceparent })
}

/** Bytes as content: text where they are UTF-8. */
export function contentFrom(bytes: Buffer): string | Buffer {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes
}

function contentOf({ body, base64, tombstone }: WireMessage): Content {
  if (Number(body !== undefined) + Number(base64 !== undefined) + Number(tombstone !== undefined) !== 1)
    throw new InvalidMessageError(400, 'A message has either body, base64 or tombstone.')
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  if (tombstone !== undefined) return { tombstone }
  // Half of a surrogate pair has no UTF-8: it would be stored as something else.
  if (body?.isWellFormed()) return body
  throw new InvalidMessageError(400, 'The body is no well-formed Unicode; send its bytes as base64.')
}

function faultOf(value: unknown): string {
  const first = wire.Errors(value)[0]
  return `message${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}.`
}
