import { AccessTokenEnv } from '@livepods/access/env'
import { ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'

export const Env = Type.Object({
  ...AccessTokenEnv,
  FRONTEND_URL: Type.String({
    pattern: '^https?://',
    default: 'http://localhost:8081',
    description: 'the frontend, which takes people and photos',
  }),
  LOG_LEVEL: ServiceEnv.LOG_LEVEL,
})
