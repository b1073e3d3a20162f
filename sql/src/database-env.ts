import { address, port, secret } from '@livepods/service/env'
import { type Static, type TObject, Type } from 'typebox'
import type { DatabaseOptions } from './database.ts'

/** Where the database is; spread it into the schema of a service that uses it. */
export const DatabaseEnv = {
  MYSQL_CONNECTION: address('host', 'where MySQL or MariaDB is'),
  MYSQL_PORT: port(3306, 'port of MySQL or MariaDB'),
  MYSQL_USERPASSWORD: secret('user:password', { pattern: '^[^:]+:' }),
  MYSQL_DBNAME: Type.String({ pattern: '^[A-Za-z0-9_]{1,64}$', default: 'kube', description: 'name of the database' }),
  MYSQL_CONNECTIONS: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 10,
    description: 'connections of one process at most',
  }),
}

/** The variables as options of `Database.open`. */
export function databaseOptions(config: Static<TObject<typeof DatabaseEnv>>): DatabaseOptions & { database: string } {
  const [user = '', ...password] = config.MYSQL_USERPASSWORD.split(':')
  return {
    host: config.MYSQL_CONNECTION,
    port: config.MYSQL_PORT,
    user,
    password: password.join(':'),
    database: config.MYSQL_DBNAME,
    connections: config.MYSQL_CONNECTIONS,
  }
}
