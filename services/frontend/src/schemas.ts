import { Type } from 'typebox'

/** A BIGINT UNSIGNED in decimal. */
export const IMAGE_ID = '^[1-9][0-9]{0,18}$'
export const ImageId = Type.String({ pattern: IMAGE_ID })

export const PersonId = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })

/** After a change the page says what was done, and offers to undo it. */
export const ChangeQuery = Type.Object({ change: Type.Optional(Type.String({ pattern: `${IMAGE_ID}|^$` })) })

export const PersonSchema = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  folder: Type.Union([Type.String(), Type.Null()]),
  images: Type.Integer({ description: 'known photos of this person' }),
})
