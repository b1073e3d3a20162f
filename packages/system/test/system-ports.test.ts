import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { declarationsIn, freePort, freePorts, ofGroup, serversIn } from '../src/index.ts'
import { choosePorts } from '../src/system-ports.ts'

const servers = serversIn(ofGroup('faces', await declarationsIn()))
const faces = { servers, copies: {} }

test('a start takes the ports of the last one, and another where one of them is taken', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-ports-'))
  const memory = join(folder.path, 'ports.json')
  const frontend = await freePort()
  await writeFile(memory, JSON.stringify({ frontend, 'of-another-group': 4711 }))
  assert.equal((await choosePorts({ ...faces, memory })).get('frontend'), frontend)

  const other = createServer().listen(frontend, '127.0.0.1')
  await once(other, 'listening')
  const next = await choosePorts({ ...faces, memory })
  other.close()
  assert.notEqual(next.get('frontend'), frontend)
  const kept = JSON.parse(await readFile(memory, 'utf8')) as Record<string, number>
  assert.deepEqual(kept, { ...Object.fromEntries(next), 'of-another-group': 4711 })
})

test('a memory that cannot be read is none', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-ports-'))
  const memory = join(folder.path, 'ports.json')
  await writeFile(memory, '{ "frontend": 80')
  assert.ok((await choosePorts({ ...faces, memory })).has('frontend'))
  assert.ok(JSON.parse(await readFile(memory, 'utf8')).frontend > 0)
})

test('a given port goes before the wish of another part, and one that is taken is refused by name', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-ports-'))
  const memory = join(folder.path, 'ports.json')
  const { port, taken } = await freePorts({ port: 0, taken: 0 })
  await writeFile(memory, JSON.stringify({ receiver: port }))
  const ports = await choosePorts({ ...faces, memory, given: { frontend: port } })
  assert.equal(ports.get('frontend'), port)
  assert.notEqual(ports.get('receiver'), port)

  const other = createServer().listen(taken, '127.0.0.1')
  await once(other, 'listening')
  await assert.rejects(
    choosePorts({ ...faces, memory, given: { frontend: taken } }),
    new RegExp(`Port ${taken}, chosen for frontend, cannot be had: somebody listens there, or it needs root`),
  )
  other.close()
})

test('a port counts as taken when it is so on any address that will be listened on', async () => {
  const other = createServer().listen(0, '127.0.0.2')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  assert.equal((await freePorts({ port }, ['127.0.0.1'])).port, port)
  assert.notEqual((await freePorts({ port }, ['127.0.0.1', '127.0.0.2'])).port, port)
  other.close()
})
