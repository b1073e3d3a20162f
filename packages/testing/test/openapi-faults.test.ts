import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApiFaults } from '../src/index.ts'

const document = (schema: object, parameters: object[] = []) => ({
  openapi: '3.1.0',
  info: { title: 'things', version: '1' },
  paths: {
    '/things/{id}': {
      get: {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, ...parameters],
        responses: { 200: { description: 'a thing', content: { 'application/json': { schema } } } },
      },
    },
  },
})

test('a right document has no faults', async () => {
  assert.deepEqual(await openApiFaults(document({ anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] })), [])
})

for (const [what, wrong] of Object.entries({
  'a type that there is none of': document({ type: 'strin' }),
  'an enum that is no list': document({ enum: 'a' }),
  'a reference to nothing': document({ $ref: '#/components/schemas/Nobody' }),
  'a parameter that the path does not have': document({}, [
    { name: 'other', in: 'path', required: true, schema: { type: 'string' } },
  ]),
  'a document without paths and title': { openapi: '3.1.0', info: {} },
}))
  test(`${what} is a fault, told with its place`, async () => {
    const [fault] = await openApiFaults(wrong)
    assert.match(fault ?? '', /^#\/.*: ./)
  })
