import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DatabaseServer, freePort, TestAuthority } from '@livepods/system'
import { createDatabase, Database, databaseOptions } from '../src/index.ts'

// The image has MySQL's own clients, and those of MariaDB know other options.
const programs = dirname(process.env.MYSQLD ?? '')
const skip = existsSync(join(programs, 'mysqldump')) ? false : 'there are no clients of MySQL beside MYSQLD'

const scripts = fileURLToPath(new URL('../../k8s/base/backup/', import.meta.url))

test('the backup and its restore go by TLS as MYSQL_TLS says, and to nobody that it does not trust', {
  skip,
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-backup-'))
  await using backups = await mkdtempDisposable(join(folder.path, 'backups-'))
  using authority = new TestAuthority()
  using stranger = new TestAuthority('another authority')
  const { cert, key } = authority.issue('IP:127.0.0.1')
  const options = [`--ssl-ca=${authority.ca}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`]
  await using server = await DatabaseServer.start({ directory: folder.path, port: await freePort(), options })
  const verify = { MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: authority.ca }
  const settings = databaseOptions({ ...server.environment, MYSQL_DBNAME: 'kube', ...verify } as never)
  await createDatabase(settings)
  await using database = new Database({ ...settings, connections: 2 })
  await database.change('SET GLOBAL require_secure_transport = ON')
  // What an option file would take for a comment, an escape or its end.
  const password = 'a # "b" \\t c'
  const literal = password.replaceAll('\\', '\\\\')
  await database.change(`CREATE USER 'careful'@'127.0.0.1' IDENTIFIED BY '${literal}' REQUIRE X509`)
  await database.change("GRANT ALL PRIVILEGES ON kube.* TO 'careful'@'127.0.0.1'")
  await database.change('CREATE TABLE people (name VARCHAR(20) PRIMARY KEY)')
  await database.change("INSERT INTO people VALUES ('Zoë')")

  const secret = join(folder.path, 'userpassword')
  await writeFile(secret, `careful:${password}`)
  const own = authority.issue('DNS:backup')
  const run = async (script: string, tls: Record<string, string>) =>
    await promisify(execFile)('bash', [join(scripts, script)], {
      cwd: backups.path,
      env: {
        PATH: `${programs}${delimiter}${process.env.PATH}`,
        TMPDIR: folder.path,
        ...server.environment,
        MYSQL_DBNAME: 'kube',
        MYSQL_USERPASSWORD_FILE: secret,
        MYSQL_TLS_CERT_FILE: own.cert,
        MYSQL_TLS_KEY_FILE: own.key,
        ...tls,
      },
    })

  const distrust = { MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: stranger.ca }
  await assert.rejects(run('backup.sh', distrust), /certificate verify failed/)
  await assert.rejects(
    run('backup.sh', { MYSQL_TLS: 'prefer' }),
    /MYSQL_TLS is prefer: off, require, verify-ca or verify/,
  )
  assert.deepEqual(await readdir(backups.path), ['unfinished'])

  assert.match((await run('backup.sh', verify)).stdout, /made kube-\d{8}T\d{6}Z\.sql\.gz/)
  await database.change('DELETE FROM people')
  await run('restore.sh', { ...verify, MYSQL_TLS: 'verify-ca' })
  assert.deepEqual(await database.rows('SELECT name FROM people'), [{ name: 'Zoë' }])
  await run('backup.sh', { ...distrust, MYSQL_TLS: 'require' })
})
