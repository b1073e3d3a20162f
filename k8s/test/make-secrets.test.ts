import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TokenList } from '@livepods/access'
import { madeSecrets } from '../src/made-secrets.ts'

interface Secret {
  metadata: { name: string; labels: Record<string, string> }
  stringData: Record<string, string>
}

const script = fileURLToPath(new URL('../base/platform/make-secrets.mjs', import.meta.url))
const account = await mkdtemp(join(tmpdir(), 'livepods-account-'))
await writeFile(join(account, 'namespace'), 'livepods')
await writeFile(join(account, 'token'), 'of-the-account')

/** As much of an API server as the Job needs. */
const made = new Map<string, Secret>()
const asked: string[] = []
let away = 2
/** Changes of others that come between reading and writing. */
let conflicts = 0
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
  const end = (status: number, body = {}) => response.writeHead(status).end(JSON.stringify(body))
  if (away-- > 0) return void end(503)
  const [, , , , , , name] = (request.url ?? '').split('/')
  if (request.method === 'POST') {
    const secret = (await json(request)) as Secret
    if (made.has(secret.metadata.name)) return void end(409)
    made.set(secret.metadata.name, secret)
    return void end(201)
  }
  const there = made.get(name ?? '')
  if (!there) return void end(404)
  const data = Object.entries(there.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  if (request.method === 'GET')
    return void end(200, { metadata: { resourceVersion: '7' }, data: Object.fromEntries(data) })
  const patch = (await json(request)) as { metadata: object; stringData: Record<string, string> }
  assert.deepEqual(patch.metadata, { resourceVersion: '7' })
  if (conflicts-- > 0) return void end(409)
  there.stringData = { ...there.stringData, ...patch.stringData }
  end(200)
}
const server = createServer((request, response) => void answer(request, response))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(async () => {
  server.close()
  server.closeAllConnections()
  await rm(account, { recursive: true })
})

async function run(environment: Record<string, string> = {}): Promise<string> {
  const { port } = server.address() as AddressInfo
  const env = { ...process.env, ACCOUNT: account, API: `http://127.0.0.1:${port}`, ...environment }
  return (await promisify(execFile)(process.execPath, [script], { env })).stdout
}

test('makes every Secret that the manifests name, also when the network comes late', async () => {
  assert.equal(await run(), 'mysql: made\npictures: made\naccess: made\nmedia-server: made\ncompute: made\n')
  assert.deepEqual(
    Object.fromEntries([...made].map(([name, { stringData }]) => [name, Object.keys(stringData)])),
    madeSecrets,
  )
  assert.ok(asked.every((line) => line === 'POST /api/v1/namespaces/livepods/secrets Bearer of-the-account'))
  for (const { metadata } of made.values()) assert.equal(metadata.labels['livepods/keep'], 'true')
})

test('the password of the database is the same in both forms', () => {
  const { password, userpassword } = made.get('mysql')?.stringData ?? {}
  assert.match(password ?? '', /^[0-9a-f]{48}$/)
  assert.equal(userpassword, `livepods:${password}`)
})

test('the tokens are a file that the listeners read, with the roles that their clients need', () => {
  const {
    tokens = '',
    admin = '',
    frontend = '',
    'image-processor': processor = '',
    colorbar = '',
    relay = '',
    sender = '',
  } = made.get('access')?.stringData ?? {}
  const list = TokenList.parse(tokens)
  assert.deepEqual(
    [admin, frontend, processor, colorbar, relay, sender].map((token) => list.find(token)?.role),
    ['manage', 'manage', 'submit', 'submit', 'submit', 'submit'],
  )
})

test('the token of boinc is one that nobody else takes', () => {
  const { admin = '', tokens = '' } = made.get('compute')?.stringData ?? {}
  assert.equal(TokenList.parse(tokens).find(admin)?.role, 'manage')
  assert.ok(!made.get('access')?.stringData.tokens?.includes(admin))
})

test('what is there is kept', async () => {
  const before = structuredClone([...made])
  assert.equal(await run(), 'mysql: kept\npictures: kept\naccess: kept\nmedia-server: kept\ncompute: kept\n')
  assert.deepEqual([...made], before)
})

test('the tokens of new services are added to those that are there, also when somebody changes them meanwhile', async () => {
  const access = made.get('access') as Secret
  const { sender, relay, tokens = '', ...others } = access.stringData
  const former = tokens.replace(/.* (sender|relay)\n/g, '')
  access.stringData = { ...others, tokens: former }
  conflicts = 1
  assert.equal(await run({ MAKE: 'access' }), 'access: added relay, sender\n')
  const { sender: newSender = '', relay: newRelay = '', tokens: all, ...kept } = access.stringData
  assert.deepEqual(kept, others)
  assert.equal(all, `${former}${newRelay} submit relay\n${newSender} submit sender\n`)
})

test('makes only what is wanted', async () => {
  assert.equal(await run({ MAKE: 'access' }), 'access: kept\n')
})
