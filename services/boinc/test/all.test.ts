import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { freePort } from '@livepods/system'
import { AT_ONCE, execute } from '../src/all.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** The address of a worker that answers so. */
async function worker(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const json =
  (value: object, status = 200) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const good = (name: string) =>
  json({ worker: name, state: 'attached', isReady: true, why: '', projects: [1], tasks: [1, 2] })

async function all(args: string[], environment: Record<string, string> = {}, withinMs = 60_000) {
  const lines: string[] = []
  const errors: string[] = []
  const code = await execute(args, environment, {
    out: (line) => void lines.push(line),
    err: (line) => void errors.push(line),
    withinMs,
  })
  return { code, lines, errors: errors.join('\n') }
}

test('a row for each worker, and the worst decides the exit code', async () => {
  const one = await worker(good('boinc-0'))
  const { code, lines } = await all(['status', '--workers', one])
  assert.equal(code, 0)
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['ADDRESS', 'WORKER', 'STATE', 'PROJECTS', 'TASKS', 'WHY'],
      [one, 'boinc-0', 'attached', '1', '2'],
    ],
  )
  const late = await worker(json({ worker: 'boinc-1', state: 'attaching', isReady: false, why: 'no key' }))
  assert.equal((await all(['status', '--workers', `${one},${late}`])).code, 1)
  const closed = await worker(json({ detail: 'Who are you?' }, 401))
  assert.equal((await all(['status', '--workers', `${late},${closed},${one}`])).code, 2)
  const away = `127.0.0.1:${await freePort()}`
  assert.equal((await all(['status', '--workers', `${away},${closed}`])).code, 3)
})

test('a command goes to all with the token, for one project', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boinc-all-'))
  try {
    const file = join(folder, 'token')
    await writeFile(file, 'a-token\n')
    const asked: string[] = []
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      json({ projects: ['http://a.example/'] })(request, response)
    }
    const workers = `${await worker(answer)},${await worker(answer)}`
    const { code, lines } = await all(['nomorework', '--project', 'http://a.example/', '--json'], {
      WORKERS: workers,
      ACCESS_TOKEN_FILE: file,
    })
    assert.equal(code, 0)
    const wanted = 'POST /v1/commands/nomorework?project=http%3A%2F%2Fa.example%2F Bearer a-token'
    assert.deepEqual(asked, [wanted, wanted])
    assert.deepEqual(
      (JSON.parse(lines.join('')) as { state: string; projects: number }[]).map(({ state, projects }) => [
        state,
        projects,
      ]),
      [
        ['done', 1],
        ['done', 1],
      ],
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('of fifty workers five are dead, two of them without a word: many are asked side by side, and only those five are not reached', async () => {
  let open = 0
  let most = 0
  const { promise: isBusy, resolve: busy } = Promise.withResolvers<void>()
  const counted = (_: IncomingMessage, response: ServerResponse) => {
    most = Math.max(most, ++open)
    // Were they asked one after the other nobody would ever answer.
    if (open === AT_ONCE - 3) busy()
    response.once('close', () => open--)
  }
  const alive = (name: string) =>
    worker((request, response) => {
      counted(request, response)
      response.once('finish', () => ++answered === 45 && told())
      void isBusy.then(() => good(name)(request, response))
    })
  const away = await Promise.all([1, 2, 3].map(async () => `127.0.0.1:${await freePort()}`))
  let answered = 0
  const { promise: areTold, resolve: told } = Promise.withResolvers<void>()
  // They say nothing until all others have answered: those do not wait for them.
  const silent = () =>
    worker((request, response) => {
      counted(request, response)
      void areTold.then(() => request.destroy())
    })
  const dead = [await silent(), await silent(), ...away]
  const others = await Promise.all(Array.from({ length: 45 }, (_, index) => alive(`boinc-${index}`)))
  const { code, lines } = await all(['status', '--json', '--workers', [...dead, ...others].join()])
  assert.equal(code, 3)
  const rows = JSON.parse(lines.join('')) as { address: string; state: string }[]
  assert.equal(rows.length, 50)
  assert.deepEqual(
    rows.filter(({ state }) => state === 'not reached').map(({ address }) => address),
    dead,
  )
  assert.ok(most <= AT_ONCE, `${most} at once`)
})

test('who says nothing within the time is not reached', async () => {
  assert.equal((await all(['status', '--workers', await worker(() => {})], {}, 50)).code, 3)
})

test('a name that nobody knows is a row', async () => {
  const { code, lines } = await all(['status', '--workers', 'nobody.invalid:1'])
  assert.equal(code, 3)
  assert.match(lines[1] ?? '', /^nobody\.invalid:1 +not reached/)
})

describe('wrong use is told, with how it is right', () => {
  for (const [args, fault] of [
    [[], 'A command is missing.'],
    [['detach'], 'There is no command detach.'],
    [['status', 'more'], '"more" is too much.'],
    [['status', '--workers', 'nobody'], '"nobody" is no HOST:PORT.'],
    [['status', '--color'], '--color'],
  ] as [string[], string][])
    test(args.join(' ') || 'nothing', async () => {
      const { code, errors } = await all(args)
      assert.equal(code, 64)
      assert.ok(errors.includes(fault) && errors.includes('boinc-all status'), errors)
    })
})
