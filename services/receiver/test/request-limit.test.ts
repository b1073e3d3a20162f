import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '@livepods/http'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { limitRequests } from '../src/request-limit.ts'

test('one request too many is refused with 503 and a sentence, until one of the others has been answered', async () => {
  await using app = createApp({ log: createLog('test', 'silent') })
  const held = Promise.withResolvers<void>()
  let inside = 0
  app.post('/', { config: { role: 'submit' }, onRequest: limitRequests(2) }, async () => {
    inside++
    await held.promise
    return { taken: true }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const post = () => fetch(url, { method: 'POST' })
  const taken = [post(), post()]
  await eventually(() => assert.equal(inside, 2))
  const refused = await post()
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  assert.partialDeepStrictEqual(await refused.json(), {
    detail: '2 batches are being accepted already. Send it again in a second.',
  })
  held.resolve()
  for (const response of taken) assert.equal((await response).status, 200)
  await eventually(async () => assert.equal((await post()).status, 200))
})
