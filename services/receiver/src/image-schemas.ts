import { IdSchema, StatusSchema } from '@livepods/photo-api'
import { Type } from 'typebox'

export const ReceiptSchema = Type.Object({
  id: IdSchema,
  status: StatusSchema,
  href: Type.String({ description: 'where to ask what became of it' }),
  dueAgain: Type.Optional(
    Type.Boolean({ description: 'true: it had failed, and is looked at again because it was sent in again' }),
  ),
})

/** What became of one of many. */
export const TakenSchema = Type.Enum(['accepted', 'duplicate'])
export const RefusedSchema = Type.Enum(['refused'])
