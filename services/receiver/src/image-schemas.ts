import { strict } from '@livepods/http'
import { STATUSES } from '@livepods/photo'
import { Type } from 'typebox'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

export const IdSchema = Type.String({ pattern: '^[0-9]{1,20}$', description: 'id of a photo: digits' })

export const StatusSchema = Type.Enum([...STATUSES])

/** Photos of one page, unless the client says otherwise. */
export const PAGE = 50

const HrefSchema = Type.String({ description: 'where to ask what became of it' })

export const ReceiptSchema = Type.Object({
  id: IdSchema,
  status: StatusSchema,
  href: HrefSchema,
  dueAgain: Type.Optional(
    Type.Boolean({ description: 'true: it had failed, and is looked at again because it was sent in again' }),
  ),
})

const PersonSchema = Type.Object({ id: Type.Integer(), name: Type.String() })

const FaceSchema = Type.Object({
  id: Type.String(),
  box: Type.Object(
    { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() },
    { description: 'fractions of the upright picture' },
  ),
  score: Type.Number({ description: 'how sure it is that this is a face, 0 to 1' }),
  person: nullable(PersonSchema),
  distance: nullable(Type.Number({ description: 'to the closest known face; smaller is more alike' })),
  decided: Type.Boolean({ description: 'a person said who this is' }),
})

const imageProperties = {
  id: IdSchema,
  path: Type.String(),
  status: StatusSchema,
  outcome: nullable(
    Type.String({ description: 'IDENTIFIED UNIDENTIFIED NO_FACE UNREADABLE MISSING REFUSED EXHAUSTED' }),
  ),
  person: nullable(PersonSchema),
  attempts: Type.Integer(),
  rounds: Type.Integer({
    description: 'how often it was given new attempts: by the retry job, or because it was sent in again',
  }),
  lastError: nullable(Type.String()),
  truncated: Type.Boolean({ description: 'the end of the file is missing: faces there were not found' }),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
  finishedAt: nullable(Type.String({ format: 'date-time' })),
  href: HrefSchema,
}

export const ImageSchema = Type.Object(imageProperties)

export const ImageWithFacesSchema = Type.Object({ ...imageProperties, faces: Type.Array(FaceSchema) })

export const ImageListSchema = Type.Object({
  images: Type.Array(ImageSchema),
  next: nullable(Type.String({ description: '`before` of the next page; null: this is the last' })),
})

export const ImageFilterSchema = strict({
  state: Type.Optional(StatusSchema),
  person: Type.Optional(Type.Integer({ minimum: 1, description: 'id of a person who was recognised on it' })),
  before: Type.Optional(IdSchema),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: PAGE })),
})
