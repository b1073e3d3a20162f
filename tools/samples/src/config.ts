import { AccessTokenEnv } from '@livepods/access/env'
import { address, ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'

export const Env = Type.Object({
  ...AccessTokenEnv,
  FRONTEND_URL: address('http URL', 'the frontend, which takes people and photos', {
    default: 'http://localhost:8081',
  }),
  LOG_LEVEL: ServiceEnv.LOG_LEVEL,
})
