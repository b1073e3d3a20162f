import type { FastifySchemaCompiler } from 'fastify'
import { type TProperties, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'

/** An object that refuses keys which it does not name. */
export const strict = <P extends TProperties>(properties: P, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** Bodies are taken as they are; what can only be text (query, path, headers) is converted first. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema)
  return (input) => {
    // Texts that fit as they are; an optional one that is absent has no default here.
    if (httpPart === 'headers' && compiled.Check(input)) return { value: input }
    const value = httpPart === 'body' ? input : Value.Convert(schema, Value.Default(schema, input))
    if (compiled.Check(value)) return { value }
    const first = compiled.Errors(value)[0]
    const where = `${httpPart}${first?.instancePath ?? ''}`
    return { error: new Error(`${where} ${first?.message ?? 'does not fit'}.${unknownKeys(first)}`) }
  }
}

function unknownKeys(error: { params?: object } | undefined): string {
  const { additionalProperties } = (error?.params ?? {}) as { additionalProperties?: string[] }
  return additionalProperties ? ` Unknown: ${additionalProperties.join(', ').slice(0, 200)}.` : ''
}
