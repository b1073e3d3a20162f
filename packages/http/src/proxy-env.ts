import { Type } from 'typebox'

const PROXY = '(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(/[0-9]{1,3})?)'

/** For a server with proxies in front; spread it into the service's own schema. */
export const ProxyEnv = {
  TRUST_PROXY: Type.Optional(
    Type.String({
      pattern: `^${PROXY}(, *${PROXY})*$`,
      description:
        'proxies whose X-Forwarded-For says who asks, so that wrong tokens count for whoever gave them: addresses, networks (10.0.0.0/8), loopback, linklocal, uniquelocal; comma separated',
    }),
  ),
}
