import { strict } from '@livepods/http'
import { GOOD_QUALITY, OUTCOMES, STATES, STATUSES } from '@livepods/photo'
import { type TSchema, Type } from 'typebox'

export const IdSchema = Type.String({ pattern: '^[0-9]{1,20}$', description: 'id of a photo: digits' })

export const StatusSchema = Type.Enum([...STATUSES], {
  description: 'kube-cluster-sample’s word, which is PENDING also for a finished photo on which nobody is known',
})

/** Where the photo with this id is found. */
export const hrefOf = (id: string): string => `/v1/images/${id}`

/** Photos of one page, unless the client says otherwise. */
export const PAGE = 50

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const time = Type.String({ format: 'date-time' })
const name = { id: Type.Integer(), name: Type.String() }
const match = Type.Object({ ...name, distance: nullable(Type.Number()) })

const FaceSchema = Type.Object({
  id: Type.String(),
  box: Type.Object(
    { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() },
    { description: 'fractions of the upright picture' },
  ),
  score: Type.Number({ description: 'how sure it is that this is a face, 0 to 1' }),
  quality: nullable(
    Type.Number({
      description: `how well it can be seen, 0 to 1; below ${GOOD_QUALITY} it is too small or too blurred to be compared well; null: not measured`,
    }),
  ),
  known: Type.Boolean({ description: '`nearest` is this person' }),
  decided: Type.Boolean({ description: 'a person said who this is' }),
  person: nullable(Type.Object(name, { description: 'who this is' })),
  distance: nullable(Type.Number({ description: 'to the closest known face; smaller is more alike' })),
  nearest: nullable(match),
  runnerUp: nullable(match),
})

/** A photo, in a list and alone. */
export const ImageSchema = Type.Object({
  id: IdSchema,
  href: Type.String({ description: 'address of the photo: poll it until `final`' }),
  path: Type.String(),
  status: StatusSchema,
  state: Type.Enum([...STATES], { description: 'what `status` and `outcome` say together' }),
  final: Type.Boolean({
    description: `it has an outcome and is not due: poll until this is true. It may turn false again: by the retry job, by another
      engine, or when it is submitted again`,
  }),
  outcome: nullable(Type.Enum([...OUTCOMES])),
  person: nullable(Type.Object(name, { description: 'whom it shows: a face that a person named, else the nearest' })),
  attempts: Type.Integer(),
  rounds: Type.Integer({
    description: 'how often it was made due again after it failed: by the retry job, or because it was submitted again',
  }),
  claimedBy: nullable(Type.String()),
  lastError: nullable(Type.String()),
  truncated: Type.Boolean({ description: 'the end of the file is missing: faces there were not found' }),
  incomplete: Type.Boolean({
    description: 'there may be small faces that were not found: the bounds of one picture were reached',
  }),
  moreFaces: Type.Integer({ description: 'faces, the smallest, that were found and left out' }),
  createdAt: time,
  claimedAt: nullable(time),
  finishedAt: nullable(time),
  updatedAt: time,
  faces: Type.Array(FaceSchema),
})

export const ImageListSchema = Type.Object({
  images: Type.Array(ImageSchema),
  next: nullable(Type.String({ description: '`before` of the next page; null: this is the last' })),
})

/** @param formerStates values of `state` that clients of this service have used before. */
export const imageQuery = (formerStates: string[]) =>
  strict({
    state: Type.Optional(
      Type.Enum([...STATES, ...formerStates], {
        description: `${STATES.join(', ')}; of older clients also ${formerStates.join(', ')}`,
      }),
    ),
    status: Type.Optional(Type.Enum([...STATUSES])),
    person: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'id of a person who was recognised on it' }),
    ),
    before: Type.Optional(IdSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: PAGE })),
  })
