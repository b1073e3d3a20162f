import { type Static, Type } from 'typebox'

/** Changes when replicas of before and after cannot work together; fields may be added without. */
export const PROTOCOL = 1

const text = Type.String({ maxLength: 1024 })

export const HeldSchema = Type.Array(
  Type.Object({
    kind: Type.Union([Type.Literal('video'), Type.Literal('audio')]),
    number: Type.Number(),
    startsAt: Type.Number(),
    parts: Type.Integer(),
    isClosed: Type.Boolean(),
  }),
  { maxItems: 2 },
)

const PositionSchema = Type.Object({ number: Type.Number(), period: Type.Number(), endsAt: Type.Number() })

/** A stream as a replica has it. */
export const StreamStateSchema = Type.Object({
  name: text,
  /** The counter of its claim; absent: it is no owner. */
  claim: Type.Optional(Type.Integer()),
  onAir: Type.Boolean(),
  /** Milliseconds since 1970. */
  bornAt: Type.Number(),
  /** Where its newest segments are. */
  last: Type.Optional(PositionSchema),
  held: HeldSchema,
  /** Of this replica. */
  viewers: Type.Integer(),
  since: Type.Number(),
  publisher: Type.Object({ owner: Type.Optional(text), protocol: text, client: text }),
  bitsPerSecond: Type.Integer(),
  codecs: Type.Array(text),
  width: Type.Optional(Type.Number()),
  height: Type.Optional(Type.Number()),
})

export type StreamState = Static<typeof StreamStateSchema>

/** What a replica says of itself. */
export const PeerStateSchema = Type.Object({
  protocol: Type.Integer(),
  /** Of this start of its process. */
  id: text,
  /** The port on which it listens to its peers. */
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** Grows with each that it sends: an older one may arrive later. */
  sequence: Type.Integer(),
  /** The highest of any claim that it knows. */
  counter: Type.Integer(),
  isStopping: Type.Boolean(),
  streams: Type.Array(StreamStateSchema),
})

export type PeerState = Static<typeof PeerStateSchema>

export const ClaimRequestSchema = Type.Object({
  name: text,
  owner: Type.Optional(text),
  counter: Type.Integer(),
  id: text,
})

export type PeerClaim = Static<typeof ClaimRequestSchema>

export const ClaimAnswerSchema = Type.Object({
  isGranted: Type.Boolean(),
  /** Why it is not. */
  reason: Type.Optional(text),
  /** Somebody was on air, and is closed now. */
  tookOver: Type.Boolean(),
  /** What it has of the stream; absent: nothing. */
  stream: Type.Optional(StreamStateSchema),
})

export type ClaimAnswer = Static<typeof ClaimAnswerSchema>

/** A request for a stream, by who has some of it. */
export const FeedRequestSchema = Type.Object({
  name: text,
  bornAt: Type.Optional(Type.Number()),
  held: HeldSchema,
})

export type FeedRequest = Static<typeof FeedRequestSchema>

export const NameSchema = Type.Object({ name: text })

/** Whose clients: of one stream, or of all. */
export const ClientsRequestSchema = Type.Object({ name: Type.Optional(text) })

export const IdSchema = Type.Object({ id: text })
