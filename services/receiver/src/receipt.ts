import { hrefOf, IdSchema, StatusSchema } from '@livepods/photo-api'
import { Type } from 'typebox'
import type { Receipt } from './submissions.ts'

export const ReceiptSchema = Type.Object({
  id: IdSchema,
  status: StatusSchema,
  href: Type.String({ description: 'address of the photo: poll it until `final`' }),
  dueAgain: Type.Optional(
    Type.Boolean({ description: 'true: the photo had failed, and is due again because it was submitted again' }),
  ),
})

/** Results of one item (path or file) of a batch request or form. */
export const AcceptedOrDuplicateSchema = Type.Enum(['accepted', 'duplicate'])
export const RefusedSchema = Type.Enum(['refused'])

/** A receipt as JSON of the API. */
export function receiptOf({ id, status, dueAgain }: Pick<Receipt, 'id' | 'status' | 'dueAgain'>) {
  return { id, status, href: hrefOf(id), ...(dueAgain && { dueAgain }) }
}
