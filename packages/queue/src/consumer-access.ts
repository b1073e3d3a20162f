import { ClientTls } from '@livepods/service'
import type { Static, TObject } from 'typebox'
import { type ConsumerEnv, lookupAddresses } from './queue-env.ts'

/** Where a consumer finds nsqd, and what it shows there. */
export interface ConsumerAccess {
  /** host:port of the HTTP port of every nsqlookupd. */
  lookup: string[]
  /** Absent: no TLS. */
  tls?: { verify: boolean; files: ClientTls } | undefined
  authSecret?: string | undefined
}

const TLS_FILES = { ca: 'NSQ_TLS_CA_FILE', cert: 'NSQ_TLS_CERT_FILE', key: 'NSQ_TLS_KEY_FILE' }

/** The variables as options of Consumer. Throws EnvironmentError for TLS files that cannot be used. */
export function consumerAccess(config: Static<TObject<typeof ConsumerEnv>>): ConsumerAccess {
  const { NSQ_TLS: mode = 'off', NSQ_AUTH_SECRET: authSecret } = config
  return {
    lookup: lookupAddresses(config.NSQ_LOOKUP_ADDRESS),
    ...(mode !== 'off' && { tls: { verify: mode === 'verify', files: new ClientTls(config, TLS_FILES) } }),
    authSecret,
  }
}
