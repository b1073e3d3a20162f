import type { ClientTls } from '@livepods/service'
import type { SslOptions } from 'mysql2/promise'
import { DatabaseUnavailableError } from './database-unavailable-error.ts'

export interface DatabaseTls {
  /** require: whoever answers; verify-ca: signed by an authority; verify: for this host name, too. */
  mode: 'require' | 'verify-ca' | 'verify'
  files: ClientTls
}

/** As the driver wants it. It reads the object anew for each connection, so `renewFiles` reaches the next one. */
export function driverTls({ mode, files }: DatabaseTls): SslOptions {
  return {
    ...files.options,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: mode !== 'require',
    verifyIdentity: mode === 'verify',
  }
}

/** Files of `tls` that changed are those of the next connection. */
export function renewFiles(ssl: SslOptions, { files }: DatabaseTls): void {
  Object.assign(ssl, files.options)
}

/** An error of connecting as one that says what to set, where TLS may be the cause; any other stays as it is. */
export function explainRefusal(error: unknown, tls: DatabaseTls | undefined): unknown {
  const { code = '', errno = 0, message } = error as { code?: string; errno?: number; message: string }
  const away = (sentence: string) => new DatabaseUnavailableError(sentence, { indeterminate: false, cause: error })
  if (errno === SECURE_TRANSPORT_REQUIRED)
    return away('The database takes connections with TLS only (require_secure_transport). Set MYSQL_TLS.')
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return away('The database has no TLS, which MYSQL_TLS asks for. Give it a certificate, or set MYSQL_TLS=off.')
  if (code === 'HANDSHAKE_SSL_ERROR')
    return away(
      `TLS with the database failed (${message}). Check MYSQL_CONNECTION, MYSQL_TLS_CA_FILE and the certificate of the server.`,
    )
  if (errno !== ACCESS_DENIED) return error
  const missing = tls
    ? 'an account with REQUIRE X509 needs MYSQL_TLS_CERT_FILE and MYSQL_TLS_KEY_FILE'
    : 'an account with REQUIRE SSL, or a server with require_secure_transport, needs MYSQL_TLS'
  return away(`The database refuses our account (${message}). Check MYSQL_USERPASSWORD; ${missing}.`)
}

/** Also of MariaDB without TLS, whose require_secure_transport has no error of its own. */
const ACCESS_DENIED = 1045
const SECURE_TRANSPORT_REQUIRED = 3159
