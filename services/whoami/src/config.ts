import { AccessEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { port, ServiceEnv } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))
const choice = (values: string[], description: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { default: values[0], description },
  )

/** The environment of whoami. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...DrainEnv,
  ...ProxyEnv,
  WHOAMI_PORT_NUMBER: port(8082, 'port of everything: HTTP/1.1, HTTP/2, gRPC, WebSocket; also -port'),
  WHOAMI_NAME: text('shown as Name; also -name'),
  WHOAMI_VERBOSE: Type.Boolean({ default: false, description: 'log a line for every request; also -verbose' }),
  WHOAMI_CERT: text('file with a certificate (PEM): with it and WHOAMI_KEY the port speaks TLS only; also -cert'),
  WHOAMI_KEY: text('file with its key (PEM); also -key'),
  WHOAMI_CACERT: text('file with authorities (PEM): clients need a certificate of one of them; also -cacert'),
  PROXY_PROTOCOL: choice(
    ['off', 'accept'],
    'accept = a connection may begin with a header of the PROXY protocol (v1, v2); only those of TRUST_PROXY where that is set',
  ),
  MAX_CONNECTIONS: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 4000,
    description: 'more are closed as they come',
  }),
  MAX_WAIT: Type.Number({
    minimum: 0,
    // Less than a silent connection is kept.
    maximum: 110,
    default: 60,
    description: 'longest wait and delay of a request, in seconds',
  }),
  MAX_DATA: Type.Integer({
    minimum: 0,
    maximum: 2 ** 50,
    default: 1024 ** 3,
    description: 'most bytes that /data sends',
  }),
  SHOW_ENV: text('variables whose values ?env=true shows, separated by commas; of the others it shows the names'),
  FAULTS: choice(
    ['off', 'on'],
    'on = everybody may set /faults where no tokens are; with tokens it takes the role manage',
  ),
  JWKS_FILE: text('keys (JSON Web Key Set) that /jwt checks signatures with'),
  CHAIN_ALLOW: text('hosts that /chain may call, as host or host:port, separated by commas; nobody unless given'),
  NODE_NAME: text('node that this runs on, as the cluster says'),
  POD_NAME: text('pod that this is'),
  POD_NAMESPACE: text('its namespace'),
  POD_ZONE: text('zone of the node'),
})

export type Config = Static<typeof Env>
