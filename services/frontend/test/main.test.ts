import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase, type SpawnedService, spawnService } from '@livepods/testing'
import { addPhoto } from './support/rows.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)

/** The log says where it listens. */
const addressOf = async ({ said }: SpawnedService) => String((await said(/"address":"([^"]+)"/))[1])

test('it starts, shows pages and events, and SIGTERM ends it with 0 although a page listens', async () => {
  await using db = await freshDatabase()
  await addPhoto(db.database, { path: 'one.jpg' })
  await using frontend = await spawnService(MAIN, { ...db.environment, FRONTEND_PORT: '0' })
  await frontend.ready()
  const url = await addressOf(frontend)
  assert.match(await (await fetch(url)).text(), /one\.jpg/)
  const status = (await (await fetch(`${frontend.ops}/status`)).json()) as { service: string }
  assert.equal(status.service, 'frontend')

  const events = await fetch(`${url}/events`)
  const read = events.body?.getReader()
  await read?.read()
  // Not 1, as at the end of its patience.
  assert.equal(await frontend.stop(), 0)
})

test('without a database it is ready all the same, and the page says what is wrong', async () => {
  await using frontend = await spawnService(MAIN, {
    MYSQL_CONNECTION: '127.0.0.1',
    MYSQL_PORT: '1',
    MYSQL_USERPASSWORD: 'user:password',
    FRONTEND_PORT: '0',
  })
  await frontend.ready()
  const answer = await fetch(await addressOf(frontend), { headers: { accept: 'text/html' } })
  assert.equal(answer.status, 503)
  assert.match(await answer.text(), /The database does not answer/)
  assert.equal(await frontend.stop(), 0)
})

test('CHAIN_URLS names the processes of the Status page where STATUS_URLS is not set, and only there', async () => {
  for (const [more, shown] of [
    [{}, 'former'],
    [{ STATUS_URLS: 'named=http://127.0.0.1:1' }, 'named'],
  ] as const) {
    await using frontend = await spawnService(MAIN, {
      ...{ MYSQL_CONNECTION: '127.0.0.1', MYSQL_PORT: '1', MYSQL_USERPASSWORD: 'user:password', FRONTEND_PORT: '0' },
      ...{ CHAIN_URLS: 'former=http://127.0.0.1:1', ...more },
    })
    await frontend.ready()
    const page = await (await fetch(`${await addressOf(frontend)}/chain`)).text()
    assert.deepEqual(
      ['former', 'named'].filter((name) => page.includes(name)),
      [shown],
    )
  }
})

test('a bad environment is refused with every fault and 78', async () => {
  await using frontend = await spawnService(MAIN, {
    FACE_THRESHOLD: '7',
    STATUS_URLS: 'receiver',
    CHAIN_URLS: 'receiver',
    NAVIGATION: 'x=javascript:1',
  })
  assert.equal(await frontend.exited, 78)
  for (const name of [
    'MYSQL_CONNECTION',
    'MYSQL_USERPASSWORD',
    'FACE_THRESHOLD',
    'STATUS_URLS',
    'CHAIN_URLS',
    'NAVIGATION',
  ]) {
    assert.match(frontend.output(), new RegExp(`${name} is`))
  }
})
