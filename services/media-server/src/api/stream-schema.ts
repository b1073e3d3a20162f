import { type Static, Type } from 'typebox'
import type { StreamReport } from '../hub/stream.ts'

export const StreamSchema = Type.Object({
  name: Type.String({ description: 'app/key' }),
  onAir: Type.Boolean({ description: 'whether somebody publishes it; else its viewers wait for that' }),
  since: Type.String({ format: 'date-time' }),
  publishedAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'when the one who publishes it, or did last, began' }),
  ),
  publisher: Type.Object({
    protocol: Type.String(),
    token: Type.Optional(Type.String({ description: 'the name of its token, where tokens are set' })),
  }),
  viewers: Type.Integer(),
  bitsPerSecond: Type.Integer({ description: 'of the last five seconds' }),
  codecs: Type.Array(Type.String(), { description: 'sample entries of MP4: avc1, hvc1, mp4a, Opus …' }),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
})

/** A stream as the API tells it. */
export function describeStream({
  publisher,
  since,
  publishedAt,
  width,
  height,
  ...stream
}: StreamReport): Static<typeof StreamSchema> {
  const { protocol = 'none', owner } = publisher ?? {}
  return {
    ...stream,
    since: since.toISOString(),
    ...(publishedAt && { publishedAt: publishedAt.toISOString() }),
    publisher: { protocol, ...(owner !== undefined && { token: owner }) },
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}
