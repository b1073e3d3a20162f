import { type Static, Type } from 'typebox'
import { MeasuredSchema } from '../hub/measured.ts'

const text = Type.String({ maxLength: 1024 })

/** A publisher or a viewer, as replicas tell each other. */
export const ClientStateSchema = Type.Object({
  id: text,
  name: text,
  protocol: text,
  isPublisher: Type.Boolean(),
  /** Network address. */
  address: text,
  /** Milliseconds since 1970. */
  since: Type.Number(),
  sentBytes: Type.Number(),
  /** Of the last five seconds. */
  bitsPerSecond: Type.Integer(),
})

export type ClientState = Static<typeof ClientStateSchema>

/** Who is connected to a replica, and to what. */
export const ClientsStateSchema = Type.Object({
  clients: Type.Array(ClientStateSchema),
  streams: Type.Array(Type.Object({ name: text, viewers: Type.Integer(), measured: Type.Optional(MeasuredSchema) })),
})

export type ClientsState = Static<typeof ClientsStateSchema>
