import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseServer } from './database-server.ts'
import { freePort } from './free-port.ts'

export type DatabaseServerEnvironment = DatabaseServer['environment'] & Record<string, string>

let server: Promise<DatabaseServerEnvironment> | undefined

/**
 * The server that MYSQL_CONNECTION, MYSQL_PORT and MYSQL_USERPASSWORD name, with TLS as MYSQL_TLS and MYSQL_TLS_… say, or else a private one with nothing in it that lives
 * exactly as long as this process.
 */
export async function temporaryDatabaseServer(): Promise<DatabaseServerEnvironment> {
  const { MYSQL_CONNECTION, MYSQL_PORT = '3306', MYSQL_USERPASSWORD, MYSQL_TLS = 'off' } = process.env
  const files = Object.entries(process.env).filter(([name, file]) => /^MYSQL_TLS_\w+_FILE$/.test(name) && file)
  if (MYSQL_CONNECTION && MYSQL_USERPASSWORD)
    return { MYSQL_CONNECTION, MYSQL_PORT, MYSQL_USERPASSWORD, MYSQL_TLS, ...Object.fromEntries(files) }
  server ??= startTemporary()
  return await server
}

async function startTemporary(): Promise<DatabaseServerEnvironment> {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-database-'))
  const started = await DatabaseServer.start({ directory, port: await freePort() })
  // A test runner waits for nothing: whatever ends this process ends its server.
  process.once('exit', () => {
    started.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  return started.environment
}
