import { AccessEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { ImagesEnv } from '@livepods/images/env'
import { ProducerEnv } from '@livepods/queue/env'
import { port, ServiceEnv } from '@livepods/service/env'
import { DatabaseEnv } from '@livepods/sql/env'
import { type Static, Type } from 'typebox'

/** The environment of the receiver. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...DrainEnv,
  ...ProxyEnv,
  PORT: port(8000, 'port of the API'),
  ...DatabaseEnv,
  ...ProducerEnv,
  ...ImagesEnv,
  RETENTION_DAYS: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'photos in a final state are deleted after so many days' }),
  ),
})

export type Config = Static<typeof Env>
