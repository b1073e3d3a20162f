import { AccessEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { port, ServiceEnv } from '@livepods/service/env'
import { DatabaseEnv } from '@livepods/sql/env'
import { TlsServerEnv } from '@livepods/tls/env'
import { type Static, Type } from 'typebox'

/** The environment of the sink. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...DrainEnv,
  ...ProxyEnv,
  ...TlsServerEnv,
  PORT: port(8084, 'port of messages, API and page'),
  ...DatabaseEnv,
  LOG_FOLDER: Type.String({
    minLength: 1,
    default: '/var/local/container',
    description: 'folder of the text log and of what makes it this sink’s; no other process may use it',
  }),
  SINK_NAME: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: 'name of a new LOG_FOLDER, which keeps it; the host’s unless given',
    }),
  ),
  LOG_MEGABYTES: Type.Number({
    exclusiveMinimum: 0,
    maximum: 100_000,
    default: 64,
    description: 'size after which the text log goes on in a new file',
  }),
  LOG_FILES: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 10,
    description: 'files of the text log that are kept',
  }),
  RETENTION_DAYS: Type.Number({
    exclusiveMinimum: 0,
    default: 7,
    description: 'messages are deleted from the database after so many days, once they are logged',
  }),
  GAP_MINUTES: Type.Number({
    minimum: 0,
    default: 60,
    description: 'numbers may be skipped when they have been missing for so long',
  }),
})

export type Config = Static<typeof Env>
