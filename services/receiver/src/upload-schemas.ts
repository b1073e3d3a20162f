import { Type } from 'typebox'
import { UPLOAD_TYPES } from './gathered.ts'
import { ReceiptSchema, RefusedSchema, TakenSchema } from './image-schemas.ts'

const name = Type.String({ description: 'as the form names the file; empty: the form itself' })

export const FormResultsSchema = Type.Object({
  results: Type.Array(
    Type.Union([
      Type.Object({
        name,
        result: TakenSchema,
        ...ReceiptSchema.properties,
      }),
      Type.Object({
        name,
        result: RefusedSchema,
        status: Type.Integer({ description: 'as HTTP would say it; from 500 on another try later may succeed' }),
        detail: Type.String(),
      }),
    ]),
  ),
})

const binary = Type.String({ format: 'binary' })

/** What POST /v1/images takes, for its description. */
export const UploadBody = {
  content: {
    'application/json': {
      schema: Type.Object({
        path: Type.String({ description: 'relative to the folder of unknown people, or /unknown_people/…' }),
      }),
    },
    ...Object.fromEntries(UPLOAD_TYPES.map((type) => [type, { schema: binary }])),
    'multipart/form-data': { schema: Type.Object({ photos: Type.Array(binary) }) },
  },
}
