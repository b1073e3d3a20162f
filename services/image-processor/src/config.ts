import { AccessTokenEnv } from '@livepods/access/env'
import { ImagesEnv } from '@livepods/images/env'
import { ConsumerEnv, ProducerEnv } from '@livepods/queue/env'
import { address, ServiceEnv } from '@livepods/service/env'
import { DatabaseEnv } from '@livepods/sql/env'
import { type Static, Type } from 'typebox'

const seconds = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 86_400, default: value, description })
const count = (value: number, description: string, maximum = 1000) =>
  Type.Integer({ minimum: 1, maximum, default: value, description })

/** How often the retry job makes one photo due again: column `rounds`. */
const MAX_ROUNDS = count(3, 'how often the retry job retries one photo')

export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessTokenEnv,
  ...DatabaseEnv,
  ...ConsumerEnv,
  ...ProducerEnv,
  GRPC_ADDRESS: address('host:port or dns:///host:port', 'face-recognition'),
  CONCURRENCY: count(8, 'photos that are processed at the same time'),
  CALL_WITHIN_SECONDS: seconds(10, 'deadline of one call of face-recognition'),
  LEASE_SECONDS: seconds(30, 'a photo whose worker is silent for so long may be taken by another; renewed at a third'),
  MAX_ATTEMPTS: count(5, 'attempts on one photo, then it is EXHAUSTED'),
  BACKOFF_BASE_SECONDS: seconds(1, 'longest wait after the first fault; doubles with each attempt'),
  BACKOFF_MAX_SECONDS: seconds(300, 'longest wait after a fault'),
  BREAKER_FAILURES: count(5, 'faults of face-recognition in a row that open the breaker'),
  PING_BASE_SECONDS: seconds(1, 'longest wait before the first ping of an open breaker; doubles'),
  PING_MAX_SECONDS: seconds(60, 'longest wait before a ping'),
  SWEEP_EVERY_SECONDS: seconds(1, 'how often due photos that no message announced are redispatched'),
  SWEEP_BELOW_DEPTH: count(10_000, 'nothing is redispatched while more messages wait in the queue', 100_000_000),
})

export type Config = Static<typeof Env>

/** No picture is read, so that there is no limit either. */
const { IMAGE_MAX_MEGABYTES: _, ...StoreEnv } = ImagesEnv

export const RetryEnv = Type.Object({ ...DatabaseEnv, ...StoreEnv, LOG_LEVEL: ServiceEnv.LOG_LEVEL, MAX_ROUNDS })
