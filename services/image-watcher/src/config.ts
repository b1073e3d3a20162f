import { AccessEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { address, port, ServiceEnv, secret } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

const HELPER = '[a-z0-9][-a-z0-9]*'
const NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

/** The environment of the image-watcher. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...DrainEnv,
  ...ProxyEnv,
  PORT: port(8086, 'port of hooks, API and page'),
  KUBERNETES_URL: Type.Optional(address('http URL', 'a kubectl proxy, which signs in itself; before KUBECONFIG')),
  KUBECONFIG: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'file that says where the API server is; the service account unless given',
    }),
  ),
  NAMESPACES: Type.Optional(
    Type.String({ pattern: `^${NAME}(,${NAME})*$`, description: 'where workloads are watched; its own unless given' }),
  ),
  LEASE_NAME: Type.String({
    pattern: `^${NAME}$`,
    default: 'image-watcher',
    description: 'Lease in its own namespace that one replica at a time holds',
  }),
  MODE: Type.Union([Type.Literal('roll'), Type.Literal('report')], {
    default: 'roll',
    description: 'report changes nothing, and tells what it would',
  }),
  INTERVAL_SECONDS: Type.Number({
    minimum: 5,
    maximum: 86_400,
    default: 60,
    description: 'registries are asked so often, once a tag',
  }),
  ROLLOUT_MINUTES: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1440,
    default: 10,
    description: 'StatefulSets and DaemonSets are up by then; Deployments have a deadline of their own',
  }),
  SOAK_MINUTES: Type.Number({
    minimum: 0,
    maximum: 1440,
    default: 0,
    description: 'for so long after a rollout restarts undo it; needs `list` of pods',
  }),
  ROLLOUTS_AT_ONCE: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 5,
    description: 'rollouts under way at a time',
  }),
  REGISTRIES: Type.Optional(
    Type.String({ minLength: 1, description: 'hosts that images may come from, comma separated; all unless given' }),
  ),
  REGISTRY_HOSTS_FILE: Type.Optional(
    Type.String({ minLength: 1, description: 'JSON: mirrors, plain HTTP, certificates and allowed hosts by registry' }),
  ),
  CREDENTIAL_HELPERS: Type.Optional(
    Type.String({
      pattern: `^${HELPER}(,${HELPER})*$`,
      description: 'programs docker-credential-<name> that REGISTRY_LOGINS_FILE may name; none unless given',
    }),
  ),
  REGISTRY_LOGINS_FILE: Type.Optional(
    Type.String({ minLength: 1, description: 'a config.json of `docker login`, used after pull secrets' }),
  ),
  NOTIFY_URL: Type.Optional(
    address('http URL', 'told of every change as JSON, with a text that Slack shows', { secret: true }),
  ),
  NOTIFY_SECRET: Type.Optional(secret('signs what NOTIFY_URL is told: x-hub-signature-256')),
  PEERS: Type.Optional(
    Type.String({
      pattern: '^[^:/]+:\\d+$',
      description: 'name:port with the addresses of all replicas: a hook reaches one, which tells the others',
    }),
  ),
  HOOK_SECRET: Type.Optional(secret('of POST /hooks/<kind>, as Bearer or HMAC; without it there are none')),
})

export type Config = Static<typeof Env>
