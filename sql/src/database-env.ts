import { address, file, port, secret } from '@livepods/service/env'
import { Type } from 'typebox'

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
  // No "prefer": who sits in between would take it away.
  MYSQL_TLS: Type.Union(
    ['off', 'require', 'verify-ca', 'verify'].map((mode) => Type.Literal(mode)),
    {
      default: 'off',
      description: 'require encrypts; verify-ca checks who signed the certificate, verify its host name too',
    },
  ),
  MYSQL_TLS_CA_FILE: file('authorities (PEM) of the database, in place of the well-known ones'),
  MYSQL_TLS_CERT_FILE: file('certificate (PEM) for accounts that need one (REQUIRE X509)'),
  MYSQL_TLS_KEY_FILE: file('its key (PEM)'),
}
