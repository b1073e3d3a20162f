import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { freePort, freePorts } from '../src/index.ts'

test('a port that is taken is replaced by a free one', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  assert.notEqual(await freePort(port), port)
  server.close()
  await once(server, 'close')
  assert.equal(await freePort(port), port)
})

test('ports that are chosen together are all different', async () => {
  const wanted = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, 0]))
  assert.equal(new Set(Object.values(await freePorts(wanted))).size, 50)
})

test('any port is none that the system may give to an outgoing connection meanwhile', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  assert.deepEqual(
    ports.filter((port) => port < 10_000 || port >= 32_768),
    [],
  )
})
