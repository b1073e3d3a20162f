import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { declarationsIn } from '@livepods/system'
import { readGiven } from '../src/environment.ts'

const declarations = await declarationsIn()
const read = (environment: Record<string, string>) => readGiven(declarations, environment)

test('without variables nothing is given, and empty ones count as not set', () => {
  const nothing = { database: undefined, queue: undefined, ports: {}, folders: {}, ignored: [] }
  assert.deepEqual(read({}), nothing)
  assert.deepEqual(read({ HOST: '', PORT: '', FRONTEND_PORT: '', MYSQL_CONNECTION: '', GRPC_ADDRESS: '' }), nothing)
})

test('variables that every process has are refused with what to do instead', () => {
  assert.throws(() => read({ HOST: '0.0.0.0' }), /^UsageError: HOST is set .*: unset it, and use --host ADDRESS\.$/)
  assert.throws(() => read({ PORT: '80' }), /^UsageError: PORT is set .*: unset it, and use --port N for the page\.$/)
  assert.throws(() => read({ OPS_PORT: '80' }), /^UsageError: OPS_PORT is set .*: unset it, each has one of its own\.$/)
})

test('the variable of a listener is the port of that listener', () => {
  const { ports } = read({ FRONTEND_PORT: '9000', NSQD_HTTP_PORT: '9001' })
  assert.deepEqual(ports, { frontend: 9000, 'nsqd-http': 9001 })
  assert.throws(() => read({ FRONTEND_PORT: 'http' }), /FRONTEND_PORT is "http", but must be a port, from 1 to 65535/)
})

test('folders of the person win, wherever the processes run', () => {
  const { folders } = read({ KNOWN_PEOPLE: 'people', GALLERY_DIR: '/gallery', NODE_COMPILE_CACHE: '/compiled' })
  const expected = { KNOWN_PEOPLE: resolve('people'), GALLERY_DIR: '/gallery', NODE_COMPILE_CACHE: '/compiled' }
  assert.deepEqual(folders, expected)
})

test('addresses between processes are not taken, and named', () => {
  const { ignored } = read({
    GRPC_ADDRESS: 'x:1',
    RECEIVER_URL: 'http://x',
    STATUS_URLS: 'x=http://x',
    NAVIGATION: 'x=http://x',
    LOG_LEVEL: 'warn',
  })
  assert.deepEqual(ignored.toSorted(), ['GRPC_ADDRESS', 'NAVIGATION', 'RECEIVER_URL', 'STATUS_URLS'])
})

test('a database and a queue of the person are taken with what belongs to them', () => {
  const tls = { MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: '/ca.pem' }
  const database = { MYSQL_CONNECTION: 'db', MYSQL_PORT: '3306', MYSQL_USERPASSWORD: 'me:secret', ...tls }
  const queue = { NSQ_LOOKUP_ADDRESS: 'nsq:4161', PRODUCER_ADDRESS: 'nsq:4150' }
  const given = read({ ...database, ...queue, LOG_LEVEL: 'warn' })
  assert.deepEqual([given.database, given.queue], [database, queue])
  assert.equal(read({ MYSQL_PORT: '3306' }).database, undefined)
  assert.throws(
    () => read({ NSQ_LOOKUP_ADDRESS: 'nsq:4161' }),
    /PRODUCER_ADDRESS is not: a queue of your own needs both/,
  )
})
