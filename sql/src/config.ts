import { ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'
import { DatabaseEnv } from './database-env.ts'

/** The environment of the migrator. */
export const Env = Type.Object({ ...DatabaseEnv, LOG_LEVEL: ServiceEnv.LOG_LEVEL })
