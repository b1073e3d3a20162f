import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Type } from 'typebox'
import { EnvironmentError, environmentTable, readEnvironment } from '../src/index.ts'
import { address, port, ServiceEnv, secret } from '../src/service-env.ts'

const Env = Type.Object({
  PORT: port(8000, 'port to listen on'),
  MODE: Type.Union([Type.Literal('fast'), Type.Literal('safe')], { default: 'safe' }),
  TARGET: Type.String({ minLength: 1, description: 'where to' }),
  PASSWORD: secret('of the target'),
  LIMIT: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
})

const good = { TARGET: 'a', PASSWORD: 'b' }

test('defaults fill what is not set, and an empty variable counts as not set', () => {
  assert.deepEqual(readEnvironment(Env, { ...good, PORT: '', LIMIT: '' }), { PORT: 8000, MODE: 'safe', ...good })
})

test('text becomes the type of the schema', () => {
  const config = readEnvironment(Env, { ...good, PORT: '9000', LIMIT: '0.5', MODE: 'fast' })
  assert.deepEqual(config, { ...good, PORT: 9000, LIMIT: 0.5, MODE: 'fast' })
})

for (const [variable, value, said] of [
  ['PORT', '70000', /PORT is "70000", but must be integer from 0 to 65535 \(port to listen on\)\./],
  ['PORT', '80.5', /PORT is "80\.5"/],
  ['PORT', '0x50', /PORT is "0x50"/],
  ['MODE', 'slow', /MODE is "slow", but must be fast \| safe\./],
  ['TARGET', '', /TARGET is missing: string \(where to\)\./],
  ['LIMIT', '0', /LIMIT is "0", but must be number above 0 to 1\./],
  ['PASSWORD_FILE', '/nowhere', /PASSWORD_FILE cannot be read: ENOENT/],
] as const) {
  test(`${variable}=${value || '(empty)'} is refused with what is allowed`, () => {
    assert.throws(() => readEnvironment(Env, { ...good, [variable]: value }), said)
  })
}

test('all faults are named at once', () => {
  assert.throws(
    () => readEnvironment(Env, { PORT: 'x', MODE: 'y' }),
    (error: EnvironmentError) => {
      assert.equal(error.exitCode, 78)
      assert.equal(error.message.split('\n').length, 6)
      return error instanceof EnvironmentError
    },
  )
})

test('a secret may come from a file, and is never printed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-service-'))
  const file = join(folder.path, 'secret')
  await writeFile(file, 'hunter2\n')
  assert.equal(readEnvironment(Env, { TARGET: 'a', PASSWORD_FILE: file }).PASSWORD, 'hunter2')
  const Short = Type.Object({ KEY: Type.String({ secret: true, maxLength: 3 }) })
  assert.throws(
    () => readEnvironment(Short, { KEY: 'hunter2' }),
    (error: Error) => error.message.includes('KEY is set, but') && !error.message.includes('hunter2'),
  )
})

for (const [format, good, bad] of [
  [
    'host',
    ['db', 'mysql.default.svc.cluster.local.', 'my_db', 'bücher.example', '10.0.0.1', '::1', 'fe80::1%eth0'],
    ['db:3306', 'http://db', 'db/kube', 'a b', 'a..b', '.a', '999.0.0.1', '10.0.0', '[::1]', '/run/mysqld.sock'],
  ],
  [
    'host:port',
    ['db:3306', '10.0.0.1:1', '[::1]:65535'],
    [
      'db',
      'db:',
      ':3306',
      'db:0',
      'db:65536',
      'db:http',
      '::1:80',
      '[db]:80',
      '999.0.0.1:80',
      'http://db:80',
      'a:1,b:2',
    ],
  ],
  [
    'http URL or its part behind http://',
    ['relay', 'relay:8085/relay.php?a=b', 'HTTP://[::1]:1', 'https://a.b/'],
    ['http://', 'a:99999', 'ftp://a', 'a b', 'a/#x', 'u:p@a', '[x]:1'],
  ],
  [
    'rtmp URL list',
    ['rtmp://a', 'rtmps://a:1/b/c?token=t,rtmp://[::1]:1/a/b'],
    ['a', 'http://a', 'rtmp://', 'rtmp://a:99999/b', 'rtmp://a,', 'rtmp://a b'],
  ],
  ['host:port list', ['a:1', 'a:1,[::1]:2'], ['a', 'a:1,', 'a:1,b', 'a:1 b:2']],
  ['host:port or dns:///host:port', ['a:1', 'dns:///a.b:1'], ['a', 'dns:///a', 'dns://a:1', 'http://a:1']],
  [
    'http URL',
    ['http://a', 'https://a.b:8443/c?d', 'http://[::1]:80'],
    ['a:80', 'http://', 'http://a:65536', 'ftp://a'],
  ],
] as const) {
  test(`an address that is no ${format} is refused by name, and one that is one is taken`, () => {
    const TargetEnv = Type.Object({ TARGET: address(format, 'where to') })
    for (const TARGET of good) assert.deepEqual(readEnvironment(TargetEnv, { TARGET }), { TARGET })
    for (const TARGET of bad)
      assert.throws(
        () => readEnvironment(TargetEnv, { TARGET }),
        (error: Error) => error.message.includes(`TARGET is "${TARGET}", but must be ${format} (where to).`),
        TARGET,
      )
  })
}

test('the table names every variable with default and meaning', () => {
  const table = environmentTable(Type.Object({ ...ServiceEnv, PASSWORD: secret('of the target') }))
  assert.match(table, /^STOP_WITHIN_SECONDS +25 +number above 0 to 3600 \(time to finish/m)
  assert.match(table, /^PASSWORD\[_FILE\] +required +string \(of the target\)/m)
})
