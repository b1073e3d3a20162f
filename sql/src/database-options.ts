import { ClientTls } from '@livepods/service'
import type { Static, TObject } from 'typebox'
import type { DatabaseOptions } from './database.ts'
import type { DatabaseEnv } from './database-env.ts'
import type { DatabaseTls } from './database-tls.ts'

const TLS_FILES = { ca: 'MYSQL_TLS_CA_FILE', cert: 'MYSQL_TLS_CERT_FILE', key: 'MYSQL_TLS_KEY_FILE' }

/** The variables as options of Database. Throws EnvironmentError for TLS files that cannot be used. */
export function databaseOptions(config: Static<TObject<typeof DatabaseEnv>>): DatabaseOptions & { database: string } {
  const mode = config.MYSQL_TLS ?? 'off'
  const [user = '', ...password] = config.MYSQL_USERPASSWORD.split(':')
  return {
    host: config.MYSQL_CONNECTION,
    port: config.MYSQL_PORT,
    user,
    password: password.join(':'),
    database: config.MYSQL_DBNAME,
    connections: config.MYSQL_CONNECTIONS,
    ...(mode !== 'off' && { tls: { mode: mode as DatabaseTls['mode'], files: new ClientTls(config, TLS_FILES) } }),
  }
}
