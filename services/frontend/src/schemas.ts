import { OUTCOMES } from '@livepods/photo'
import { Type } from 'typebox'
import { STATES } from './photo.ts'

/** A BIGINT UNSIGNED in decimal. */
export const IMAGE_ID = '^[1-9][0-9]{0,18}$'
export const ImageId = Type.String({ pattern: IMAGE_ID })

export const PersonId = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })

/** After a change the page says what was done, and offers to undo it. */
export const ChangeQuery = Type.Object({ change: Type.Optional(Type.String({ pattern: `${IMAGE_ID}|^$` })) })

export const State = Type.Enum(STATES)

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

const Match = Type.Object({ id: Type.Integer(), name: Type.String(), distance: Nullable(Type.Number()) })

const Face = Type.Object({
  id: ImageId,
  box: Type.Object(
    { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() },
    { description: 'fractions of the upright picture' },
  ),
  score: Type.Number(),
  known: Type.Boolean(),
  decided: Type.Boolean({ description: 'a person said who this is' }),
  nearest: Nullable(Match),
  runnerUp: Nullable(Match),
})

export const ImageSchema = Type.Object({
  id: ImageId,
  href: Type.String(),
  path: Type.String(),
  state: State,
  outcome: Nullable(Type.Enum(OUTCOMES)),
  person: Nullable(Type.Object({ id: Type.Integer(), name: Type.String() })),
  attempts: Type.Integer(),
  rounds: Type.Integer(),
  claimedBy: Nullable(Type.String()),
  lastError: Nullable(Type.String()),
  truncated: Type.Boolean({ description: 'the end of the file is missing: faces there were not found' }),
  createdAt: Time,
  claimedAt: Nullable(Time),
  finishedAt: Nullable(Time),
  updatedAt: Time,
  faces: Type.Array(Face),
})

export const PersonSchema = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  folder: Nullable(Type.String()),
  images: Type.Integer({ description: 'known photos of this person' }),
})
