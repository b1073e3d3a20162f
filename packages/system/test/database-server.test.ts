import assert from 'node:assert/strict'
import { mkdtempDisposable, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { DatabaseServer, freePort } from '../src/index.ts'

async function query(server: DatabaseServer, sql: string, account?: { user: string; password: string }) {
  const [user = '', password = ''] = server.environment.MYSQL_USERPASSWORD.split(':')
  const connection = await createConnection({ host: server.host, port: server.port, user, password, ...account })
  try {
    return (await connection.query(sql))[0]
  } finally {
    await connection.end()
  }
}

test('a killed server starts again with what was committed, and lets nobody in without the password', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'livepods-server-'))
  const first = await DatabaseServer.start({ directory: directory.path, port: await freePort() })
  await query(first, 'CREATE DATABASE kept')
  await assert.rejects(query(first, 'SELECT 1', { user: 'root', password: '' }), { code: 'ER_ACCESS_DENIED_ERROR' })
  assert.equal((await stat(join(directory.path, 'password'))).mode & 0o777, 0o600)
  first.kill('SIGKILL')
  assert.equal(await first.exited, 'SIGKILL')

  await using second = await DatabaseServer.start({ directory: directory.path, port: await freePort() })
  assert.deepEqual(await query(second, "SHOW DATABASES LIKE 'kept'"), [{ 'Database (kept)': 'kept' }])
})

test('a server that cannot start says why', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'livepods-server-'))
  const port = await freePort()
  await using _first = await DatabaseServer.start({ directory: directory.path, port })
  await using other = await mkdtempDisposable(join(tmpdir(), 'livepods-server-'))
  await assert.rejects(DatabaseServer.start({ directory: other.path, port }), /did not start[\s\S]*(port|bind)/i)
})

test('a full disk is one sentence, whatever InnoDB says of each file, also at a later start', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'livepods-server-'))
  const program = join(directory.path, 'mysqld')
  const wall = Array.from({ length: 30 }, () => '[ERROR] InnoDB: Operating system error number 28 in a file operation.')
  await writeFile(program, `#!/bin/sh\ncat >&2 <<END\n${wall.join('\n')}\nEND\nexit 1\n`, { mode: 0o700 })
  const start = async () => await DatabaseServer.start({ directory: directory.path, port: await freePort(), program })
  const sentence = /^Error: The disk of \S+ is full: the database server did not start\. Make room there\.$/
  await assert.rejects(start(), sentence)
  await writeFile(join(directory.path, 'password'), 'secret')
  await writeFile(join(directory.path, 'initialised'), '')
  await assert.rejects(start(), sentence)
})
