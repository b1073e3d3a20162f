import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DatabaseServer, freePort, replaceFile, TestAuthority } from '@livepods/system'
import { createDatabase, Database, DatabaseUnavailableError, databaseOptions } from '../src/index.ts'

// A server of this file alone, which has a certificate for its address and asks for TLS.
const directory = await mkdtemp(join(tmpdir(), 'livepods-tls-'))
const authority = new TestAuthority()
const stranger = new TestAuthority('another authority')
const { cert, key } = authority.issue('IP:127.0.0.1')
const tlsOf = (files: { cert: string; key: string }) => [`--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`]
const start = async (files: { cert: string; key: string }, port: number) =>
  await DatabaseServer.start({ directory, port, options: [`--ssl-ca=${authority.ca}`, ...tlsOf(files)] })
const port = await freePort()
let server = await start({ cert, key }, port)
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
  authority[Symbol.dispose]()
  stranger[Symbol.dispose]()
})

const settings = (tls: Record<string, string>) => ({ ...server.environment, MYSQL_DBNAME: 'tls', ...tls }) as never
const open = (tls: Record<string, string>) =>
  new Database({ ...databaseOptions(settings(tls)), connections: 2, acquireWithinMs: 60_000 })
const verify = { MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: authority.ca }

const owner = open(verify)
await createDatabase(databaseOptions(settings(verify)))
await owner.change("CREATE USER 'careful'@'127.0.0.1' IDENTIFIED BY 'careful' REQUIRE X509")
await owner.change("GRANT ALL PRIVILEGES ON tls.* TO 'careful'@'127.0.0.1'")
await owner.change('SET GLOBAL require_secure_transport = ON')
after(() => owner[Symbol.asyncDispose]())

async function cipherOf(database: Database): Promise<string | undefined> {
  const [row] = await database.rows<{ Value: string }>("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
  return row?.Value
}

async function refusal(tls: Record<string, string>): Promise<string> {
  await using database = open(tls)
  const error = await database.ping().then(
    () => new Error('It was let in.'),
    (error: Error) => error,
  )
  assert.ok(error instanceof DatabaseUnavailableError, String(error))
  assert.equal(error.indeterminate, false)
  return error.message
}

for (const tls of [{ MYSQL_TLS: 'require' }, { MYSQL_TLS: 'verify-ca', MYSQL_TLS_CA_FILE: authority.ca }, verify])
  test(`MYSQL_TLS=${tls.MYSQL_TLS} encrypts, and the statements are the same`, async () => {
    await using database = open(tls)
    assert.match((await cipherOf(database)) ?? '', /./)
    assert.deepEqual(await database.rows('SELECT ? AS name', ['é']), [{ name: 'é' }])
  })

test('a server that takes TLS only is one sentence for who has none', async () => {
  assert.match(await refusal({}), /require_secure_transport\b.*\bMYSQL_TLS\.$/)
})

test('verify and verify-ca refuse the certificate of another authority, require takes it', async () => {
  const other = { MYSQL_TLS_CA_FILE: stranger.ca }
  assert.match(await refusal({ MYSQL_TLS: 'verify', ...other }), /^TLS with the database failed \(.*certificate/)
  assert.match(await refusal({ MYSQL_TLS: 'verify-ca', ...other }), /Check MYSQL_CONNECTION, MYSQL_TLS_CA_FILE/)
  await using database = open({ MYSQL_TLS: 'require', ...other })
  await database.ping()
})

test('an account with REQUIRE X509 gets in with its certificate, and without one hears of it', async () => {
  const account = { ...verify, MYSQL_USERPASSWORD: 'careful:careful' }
  const sentence =
    /Check MYSQL_USERPASSWORD; an account with REQUIRE X509 needs MYSQL_TLS_CERT_FILE and MYSQL_TLS_KEY_FILE/
  assert.match(await refusal(account), sentence)
  const own = authority.issue('DNS:client')
  await using database = open({ ...account, MYSQL_TLS_CERT_FILE: own.cert, MYSQL_TLS_KEY_FILE: own.key })
  await database.ping()
})

test('an account that needs TLS hears of it where the server takes both', async () => {
  await owner.change('SET GLOBAL require_secure_transport = OFF')
  try {
    assert.match(
      await refusal({ MYSQL_USERPASSWORD: 'careful:careful' }),
      /an account with REQUIRE SSL.* needs MYSQL_TLS\.$/,
    )
  } finally {
    await owner.change('SET GLOBAL require_secure_transport = ON')
  }
})

test('files that cannot be used are refused at the start, by the names of their variables', () => {
  const refused = (files: Record<string, string>, said: RegExp) =>
    assert.throws(() => databaseOptions(settings({ MYSQL_TLS: 'verify', ...files })), said)
  refused({ MYSQL_TLS_CA_FILE: '/nowhere' }, /MYSQL_TLS_CA_FILE cannot be used: ENOENT/)
  refused({ MYSQL_TLS_CA_FILE: key }, /MYSQL_TLS_CA_FILE cannot be used: the file of authorities has no certificate/)
  refused({ MYSQL_TLS_CERT_FILE: cert }, /MYSQL_TLS_CERT_FILE and MYSQL_TLS_KEY_FILE go together/)
  const others = stranger.issue('DNS:client')
  refused(
    { MYSQL_TLS_CERT_FILE: cert, MYSQL_TLS_KEY_FILE: others.key },
    /MYSQL_TLS_KEY_FILE cannot be used: .*mismatch/,
  )
})

test('an authority that takes the place of another is that of the next connection', async () => {
  const followed = join(directory, 'followed.pem')
  replaceFile(followed, stranger.ca)
  await using database = open({ MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: followed })
  await assert.rejects(database.ping(), /TLS with the database failed/)
  replaceFile(followed, authority.ca)
  while (
    !(await database.ping().then(
      () => true,
      () => false,
    ))
  );
})

test('verify refuses a certificate of another name, verify-ca takes it', async () => {
  await server[Symbol.asyncDispose]()
  server = await start(authority.issue('DNS:database.example,DNS:localhost'), port)
  assert.match(await refusal(verify), /does not match certificate's altnames/)
  await using database = open({ ...verify, MYSQL_TLS: 'verify-ca' })
  await database.ping()
})
