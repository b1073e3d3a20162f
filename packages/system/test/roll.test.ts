import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn } from '../src/declarations.ts'
import { System } from '../src/system.ts'
import { Root, service } from './support/root.ts'

const READY_AT_ONCE = `
import { createServer } from 'node:http'
createServer((_, response) => response.end()).listen(process.env.OPS_PORT, '127.0.0.1')
process.on('disconnect', () => process.exit())
`

test('a process that is replaced twice at the same time is one process afterwards', async () => {
  using root = new Root({ ...service('hello'), 'services/hello/src/main.ts': READY_AT_ONCE })
  const declarations = await declarationsIn(root.path)
  await using system = await System.start({ declarations, directory: `${root.path}/kept`, usualPorts: false })
  const endings = await Promise.all([system.roll('hello'), system.roll('hello')])
  assert.equal(new Set(endings.map(({ pid }) => pid)).size, 2)
  const { pid } = system.process('hello')
  assert.ok(pid !== undefined && endings.every((ending) => ending.pid !== pid))
  assert.equal(system.processes.length, 1)
})
