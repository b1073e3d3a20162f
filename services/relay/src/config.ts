import { AccessEnv, AccessTokenEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { port, ServiceEnv } from '@livepods/service/env'
import { TlsClientEnv } from '@livepods/tls/env'
import { type Static, Type } from 'typebox'

/** The environment of the relay. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...AccessTokenEnv,
  ...DrainEnv,
  ...ProxyEnv,
  ...TlsClientEnv,
  PORT: port(8085, 'port of messages and API'),
  SINK_URL: Type.String({
    minLength: 1,
    description:
      'where messages go: http://host:port of a sink; with another path, such as host/sink.php, any HTTP server',
  }),
  SINK_PROTOCOL: Type.Optional(
    Type.Union([Type.Literal('livepods'), Type.Literal('plain')], {
      description:
        'livepods: numbered, each once and in order; plain: the body of each alone, at least once, in any order; by the path of SINK_URL unless given',
    }),
  ),
  SPOOL_DIR: Type.String({
    minLength: 1,
    default: '/var/lib/livepods/relay',
    description: 'folder of messages that are not delivered yet; no other process may use it',
  }),
  SPOOL_MEGABYTES: Type.Number({
    minimum: 16,
    maximum: 10_000_000,
    default: 1024,
    description: 'size of messages that wait; then new ones get 503',
  }),
  SPOOL_KEEP_HOURS: Type.Number({
    minimum: 0,
    default: 48,
    description:
      'delivered messages are kept so long where SPOOL_MEGABYTES allows it, for a database that comes back from a backup',
  }),
  TEXT_LOG_MEGABYTES: Type.Number({
    minimum: 0,
    maximum: 100_000,
    default: 16,
    description: 'size of the text log in SPOOL_DIR, and of the one before it, which is kept; 0: no text log',
  }),
  RELAY_NAME: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: 'name of a new SPOOL_DIR, which keeps it; the host’s unless given',
    }),
  ),
})

export type Config = Static<typeof Env>
