import { Type } from 'typebox'

const PROXY = '(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(/[0-9]{1,3})?)'

/** For a server with proxies in front; spread it into the service's own schema. */
export const ProxyEnv = {
  TRUST_PROXY: Type.Optional(
    Type.String({
      pattern: `^${PROXY}(, *${PROXY})*$`,
      description:
        'proxies whose X-Forwarded-For is trusted, so that wrong tokens and slow uploads count for the client that sent them: addresses, networks (10.0.0.0/8), loopback, linklocal, uniquelocal; comma separated',
    }),
  ),
}

/** For a server behind a load balancer; spread it into the service's own schema. */
export const DrainEnv = {
  DRAIN_SECONDS: Type.Number({
    minimum: 0,
    maximum: 600,
    default: 1,
    description:
      'time to go on serving after SIGTERM, not ready and closing keep-alive connections, before the port closes; at most a third of STOP_WITHIN_SECONDS',
  }),
}
