import { port, ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'

export const Env = Type.Object({ ...ServiceEnv, HELLO_PORT: port(8089, 'port of the greeting') })
