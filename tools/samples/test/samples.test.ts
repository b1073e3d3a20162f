import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { placeSamples, SAMPLE_PHOTOS } from '../src/samples.ts'

/** A frontend that answers as it is told, and the job that sends samples there: what it asked for, and its exit code. */
async function send(answer: (request: string, count: number) => number) {
  const requests: string[] = []
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray())
    const what = `${request.method} ${request.url}`
    requests.push(what)
    assert.ok(body.includes(Buffer.from([0xff, 0xd8, 0xff])), 'a JPEG is in it')
    response.writeHead(answer(what, requests.length)).end('{}')
  }
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const FRONTEND_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { NODE_COMPILE_CACHE } = process.env
  const env = { NODE_COMPILE_CACHE, FRONTEND_URL, LOG_LEVEL: 'silent' }
  const child = spawn(process.execPath, [main], { env, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  server.closeAllConnections()
  server.close()
  return { requests, code }
}

const people = Array.from({ length: 3 }, () => 'POST /v1/people')
const photos = SAMPLE_PHOTOS.map(() => 'POST /v1/images')

test('people are sent first, then the photos that they are on', async () => {
  const { requests, code } = await send((request) => (request.endsWith('people') ? 201 : 202))
  assert.equal(code, 0)
  assert.deepEqual(requests, [...people, ...photos])
})

test('people and photos that are there already are no fault', async () => {
  const { code } = await send((request) => (request.endsWith('people') ? 409 : 200))
  assert.equal(code, 0)
})

test('a suite that is not ready yet is asked again', async () => {
  const { requests, code } = await send((_request, count) => (count < 3 ? 503 : 202))
  assert.equal(code, 0)
  assert.deepEqual(requests, ['POST /v1/people', 'POST /v1/people', ...people, ...photos])
})

test('a refusal ends the job with 1', async () => {
  const { requests, code } = await send(() => 401)
  assert.equal(code, 1)
  assert.equal(requests.length, 1)
})

test('samples in folders keep what somebody put there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-samples-'))
  const folders = { knownPeople: join(folder, 'known'), unknownPeople: folder }
  await placeSamples(folders)
  const photo = join(folders.knownPeople, 'fiona', 'sample3.jpg')
  await writeFile(photo, 'mine')
  await placeSamples(folders)
  assert.equal(await readFile(photo, 'utf8'), 'mine')
  assert.deepEqual((await readdir(folders.knownPeople)).sort(), ['fiona', 'maria', 'nora'])
  await rm(folder, { recursive: true })
})
