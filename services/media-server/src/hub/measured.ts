import { type Static, Type } from 'typebox'

const codec = Type.Optional(Type.String({ maxLength: 1024 }))
const optionalNumber = Type.Optional(Type.Number())

/** What is known of a stream where its publisher is connected; rates are of the last five seconds. */
export const MeasuredSchema = Type.Object({
  receivedBytes: Type.Number(),
  videoBitsPerSecond: Type.Number(),
  audioBitsPerSecond: Type.Number(),
  framesPerSecond: Type.Number(),
  /** Pictures of the last whole group. */
  groupLength: Type.Integer(),
  /** Sample entries of MP4, of all tracks. */
  codecs: Type.Array(Type.String({ maxLength: 1024 })),
  /** RFC 6381; absent where it cannot be packaged. */
  videoCodec: codec,
  width: optionalNumber,
  height: optionalNumber,
  audioCodec: codec,
  /** Hz. */
  sampleRate: optionalNumber,
  channels: optionalNumber,
})

export type Measured = Static<typeof MeasuredSchema>
