import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { declarationsIn, repository } from '../src/declarations.ts'
import { listener, Root, service } from './support/root.ts'

const loader = fileURLToPath(new URL('support/load-declarations.ts', import.meta.url))
const OWN = /\/src\/(service|program|config|declarations|links|[a-z]+-env)\.ts$|^packages\/system\/test\//

test('loading all declarations loads typebox and files of ours, and nothing that registers a metric', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [loader])
  const { names, loaded, cpuSeconds } = JSON.parse(stdout) as { names: string[]; loaded: string[]; cpuSeconds: number }
  t.diagnostic(`${names.length} declarations, ${loaded.length} files, ${cpuSeconds.toFixed(2)} CPU seconds`)
  assert.ok(names.includes('receiver') && names.includes('nsq') && names.includes('migrate'))
  const files = loaded.filter((url) => !url.startsWith('node:')).map((url) => fileURLToPath(url))
  const foreign = files.filter((file) => file.includes('/node_modules/') && !file.includes('/node_modules/typebox/'))
  assert.deepEqual(foreign, [])
  const own = files.filter((file) => !file.includes('/node_modules/')).map((file) => file.slice(repository.length))
  assert.deepEqual(
    own.filter((file) => !OWN.test(file)),
    [],
  )
})

test('a service of another root is found, with its folder and the file that is run', async () => {
  using root = new Root(service('hello'))
  const [hello, ...others] = await declarationsIn(root.path)
  assert.equal(others.length, 0)
  assert.equal(hello?.folder, 'services/hello')
  assert.equal(fileURLToPath(hello.main), `${root.path}/services/hello/src/main.ts`)
})

const FAULTS: [string, Record<string, string>, RegExp][] = [
  [
    'one that forwards to nobody who could trust it',
    { ...service('hello', { forwards: ['hello'] }) },
    /services\/hello: it forwards to hello, which cannot trust it: its env has no TRUST_PROXY/,
  ],
  [
    'a folder that says nothing',
    { ...service('hello'), 'services/silent/package.json': '{}' },
    /services\/silent\/src\/service\.ts is missing/,
  ],
  ['a name that is not its folder', service('hello', { name: 'hallo' }), /services\/hello: its name is hallo/],
  [
    'a file to run that is not there',
    service('hello', { entry: 'src/run.ts' }),
    /services\/hello: there is no .*run\.ts/,
  ],
  [
    'a port without a variable',
    service('hello', { listeners: [listener('hello')] }),
    /services\/hello: its env has no PORT/,
  ],
  [
    'a call of nobody',
    service('hello', { calls: { WORLD_URL: 'world' } }, { WORLD_URL: '' }),
    /services\/hello: it calls world, which nobody listens to/,
  ],
  [
    'an address of which it does not say whose it is',
    service('hello', {}, { MAIL_ADDRESS: '' }),
    /services\/hello: MAIL_ADDRESS looks like an address, and its calls do not say whose/,
  ],
  [
    'an ops port and a listener that two have',
    {
      ...service('hello', { listeners: [listener('http')] }, { PORT: 1 }),
      ...service('world', { listeners: [listener('http')] }, { PORT: 2 }),
    },
    /two listeners are called http\n.*two programs have the ops port 9100/,
  ],
]
for (const [title, files, fault] of FAULTS)
  test(`refused: ${title}`, async () => {
    using root = new Root(files)
    await assert.rejects(declarationsIn(root.path), fault)
  })

test('refused: a file that exports no declaration', async () => {
  using root = new Root({ ...service('hello'), 'services/hello/src/service.ts': 'export const service = {}' })
  await assert.rejects(declarationsIn(root.path), /services\/hello\/src\/service\.ts exports no declaration/)
})
