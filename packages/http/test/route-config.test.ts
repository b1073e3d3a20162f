import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { type App, createApp, type RouteConfig } from '../src/index.ts'

const silent = createLog('test', 'silent')

test('a key that is misspelt keeps the app from starting, and is named', async () => {
  const misspelt: RouteConfig[] = [
    // @ts-expect-error The compiler refuses it, too.
    { role: 'submit', answerWithinMS: 300_000 },
    // @ts-expect-error
    { role: 'submit', describeBody: {} },
  ]
  for (const config of misspelt) {
    await using app = createApp({ log: silent })
    app.register(async (routes: App) => {
      routes.post('/photos', { config }, async () => ({}))
    })
    const [, key] = Object.keys(config)
    await assert.rejects(
      async () => await app.ready(),
      new RegExp(`POST /photos has unknown keys in its config: ${key}. Known: role, ?answerWithinMs`),
    )
  }
})

test('what a route may have is taken', async () => {
  await using app = createApp({ log: silent, api: { title: 'test', description: 'test' } })
  app.register(async (routes: App) => {
    const config = { role: 'submit', answerWithinMs: 50, describedBody: { type: 'string' } } as const
    routes.post('/photos', { config, schema: { body: {} } }, () => new Promise<never>(() => {}))
  })
  assert.equal((await app.inject({ method: 'POST', url: '/photos', payload: {} })).statusCode, 503)
  const { paths } = (await app.inject('/openapi.json')).json()
  assert.equal(paths['/photos'].post.requestBody.content['application/json'].schema.type, 'string')
})

test('a route that streams may take longer than others', async () => {
  await using app = createApp({ log: silent, answerWithinMs: 1 })
  const news = Promise.withResolvers<string>()
  app.get('/playlist', { config: { role: 'read', streams: true } }, () => news.promise)
  app.get('/photo', { config: { role: 'read' } }, () => news.promise)
  const playlist = app.inject('/playlist')
  assert.equal((await app.inject('/photo')).statusCode, 503)
  news.resolve('#EXTM3U')
  const { statusCode, body } = await playlist
  assert.deepEqual([statusCode, body], [200, '#EXTM3U'])
})
