import { Type } from 'typebox'
import { address } from './address-env.ts'

export { address }

/** A TCP port; 0 lets the system choose one. */
export const port = (value: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: value, description })

/** A value that is never printed, and that `<NAME>_FILE` may bring from a file instead. */
export const secret = (description: string, options: { default?: string; pattern?: string } = {}) =>
  Type.String({ minLength: 1, secret: true, description, ...options })

/** A file that may be named. */
export const file = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** What every process of the suite reads from its environment; spread it into the service's own schema. */
export const ServiceEnv = {
  HOST: address('host', 'address to listen on', { default: '0.0.0.0' }),
  OPS_HOST: Type.Optional(address('host', 'address of OPS_PORT; HOST unless given')),
  OPS_PORT: port(9090, 'port of /livez /readyz /metrics /status'),
  LOG_LEVEL: Type.Union(
    ['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'least important line that is logged' },
  ),
  STOP_WITHIN_SECONDS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 3600,
    default: 25,
    description: 'time to finish what is under way after SIGTERM; then exit code 1',
  }),
}
