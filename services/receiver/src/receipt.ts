import { hrefOf, IdSchema, StatusSchema } from '@livepods/photo-api'
import { Type } from 'typebox'
import type { Receipt } from './submissions.ts'

export const ReceiptSchema = Type.Object({
  id: IdSchema,
  status: StatusSchema,
  href: Type.String({ description: 'where to ask what became of it' }),
  dueAgain: Type.Optional(
    Type.Boolean({ description: 'true: it had failed, and is due again because it was sent in again' }),
  ),
})

/** The result of one path or file of many. */
export const TakenSchema = Type.Enum(['accepted', 'duplicate'])
export const RefusedSchema = Type.Enum(['refused'])

/** A receipt as the API has it. */
export function receiptOf({ id, status, dueAgain }: Pick<Receipt, 'id' | 'status' | 'dueAgain'>) {
  return { id, status, href: hrefOf(id), ...(dueAgain && { dueAgain }) }
}
