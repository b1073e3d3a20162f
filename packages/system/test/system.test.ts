import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn } from '../src/declarations.ts'
import { NODE_COMPILE_CACHE } from '../src/node-process.ts'
import { System } from '../src/system.ts'
import { Root, service } from './support/root.ts'

/** Is ready at once, and says where Node keeps what it has compiled. */
const MAIN = `
import { createServer } from 'node:http'
import { getCompileCacheDir } from 'node:module'
createServer((_, response) => response.end()).listen(process.env.OPS_PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
console.log(getCompileCacheDir())
`

test('what Node has compiled is kept in one folder for all processes, or where somebody wants it', async () => {
  using root = new Root({
    ...service('hello'),
    'services/hello/src/main.ts': MAIN,
    ...service('world', { opsPort: 9101 }),
    'services/world/src/main.ts': MAIN,
  })
  // `pnpm test` sets it for all tests.
  delete process.env.NODE_COMPILE_CACHE
  const elsewhere = `${root.path}/compiled`
  const said: Record<string, string> = {}
  const { promise: both, resolve } = Promise.withResolvers<void>()
  await using _system = await System.start({
    declarations: await declarationsIn(root.path),
    directory: `${root.path}/kept`,
    usualPorts: false,
    environments: { world: { NODE_COMPILE_CACHE: elsewhere } },
    onLine: (name, line) => {
      said[name] = line
      if (said.hello && said.world) resolve()
    },
  })
  await both
  assert.ok(said.hello?.startsWith(`${NODE_COMPILE_CACHE}/`), said.hello)
  assert.ok(said.world?.startsWith(`${elsewhere}/`), said.world)
})
