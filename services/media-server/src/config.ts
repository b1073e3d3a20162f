import { AccessEnv } from '@livepods/access/env'
import { DrainEnv, ProxyEnv } from '@livepods/http/env'
import { file, port, ServiceEnv, secret } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

const hook = (what: string) =>
  Type.Optional(secret(`URL that is ${what}, by POST with JSON as xiu sends it`, { pattern: '^https?://' }))

/** The environment of the media server. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...DrainEnv,
  ...ProxyEnv,
  PORT: port(8080, 'port of pages, HTTP-FLV, WebSocket-FLV and the API'),
  MORE_PORTS: Type.Optional(
    Type.String({
      pattern: '^[1-9]\\d{0,4}(,[1-9]\\d{0,4})*$',
      description: 'ports, comma separated, that have all that PORT has: xiu has one each of HLS, FLV and its API',
    }),
  ),
  RTMP_PORT: port(1935, 'port of RTMP'),
  MEDIA_CONFIG: file(
    "a configuration file of xiu (.toml, or .json): its keys are these variables' values where they are not set themselves",
  ),
  RTMP_PROXY_PROTOCOL: Type.Boolean({
    default: false,
    description:
      'true where a load balancer in front of RTMP_PORT says by the PROXY protocol (version 1 or 2) who the client is; who connects without is refused',
  }),
  RTMP_ENGINE: Type.Union(
    ['builtin', 'node-media-server'].map((engine) => Type.Literal(engine)),
    { default: 'builtin', description: 'who reads RTMP: we, or the package node-media-server behind our limits' },
  ),
  PUBLISH_CONFLICT: Type.Union(
    ['own', 'take', 'refuse'].map((policy) => Type.Literal(policy)),
    {
      default: 'own',
      description:
        'who may have a name that somebody publishes: own = the same token (without tokens: anybody, once its publisher is silent for 2 s); take = anybody who may publish; refuse = nobody',
    },
  ),
  STREAM_TOKENS: Type.Optional(
    Type.String({
      pattern: '^(publish|rtmp|flv|hls)=(simple|md5)(,(publish|rtmp|flv|hls)=(simple|md5))*$',
      description:
        'who publishes, or watches by RTMP, FLV, or HLS and DASH, needs xiu\'s token= there: "publish=md5,hls=simple"; simple = the password, md5 = hex MD5 of STREAM_TOKEN_KEY and the stream\'s key; access tokens are right, too',
    }),
  ),
  STREAM_TOKEN_KEY: Type.Optional(secret('key of md5 in STREAM_TOKENS')),
  STREAM_PASSWORD: Type.Optional(secret('password of simple in STREAM_TOKENS')),
  STREAM_PUBLISH_PASSWORD: Type.Optional(secret('the same for publishers; STREAM_PASSWORD unless given')),
  HOOK_ON_PUBLISH: hook('asked before a publisher is let in: 200 = yes, any other answer = no'),
  HOOK_ON_UNPUBLISH: hook('told that a publisher has left'),
  HOOK_ON_PLAY: hook('asked before a viewer is let in: 200 = yes, any other answer = no'),
  HOOK_ON_STOP: hook('told that a viewer has left'),
  HOOK_ON_HLS: hook('told of each segment of HLS and DASH once it is whole'),
  HOOK_SECRET: Type.Optional(secret('signs what the HOOK_ON_… are sent: x-hub-signature-256')),
  HOOK_ANSWER_MS: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 2000,
    description: 'a hook that does not answer within so long is not waited for',
  }),
  HOOK_FAIL: Type.Union(
    ['closed', 'open'].map((policy) => Type.Literal(policy)),
    {
      default: 'closed',
      description: 'who is let in when a hook that is asked gives no answer: closed = nobody, open = everybody',
    },
  ),
  BATCH_MS: Type.Number({
    minimum: 0,
    maximum: 1000,
    default: 0,
    description: 'viewers are sent what came in so many milliseconds at once: more of it is more latency and less CPU',
  }),
  GRACE_SECONDS: Type.Number({
    minimum: 0,
    maximum: 600,
    default: 15,
    description: 'viewers of a publisher that left wait so long for its return',
  }),
  WINDOW_SECONDS: Type.Number({
    minimum: 4,
    maximum: 3600,
    default: 20,
    description: 'what HLS and DASH offer of each track of a stream, and how long after its end',
  }),
  WINDOW_MEGABYTES: Type.Number({
    minimum: 1,
    maximum: 1024,
    default: 16,
    description: 'the same in MiB, whichever is less; no segment is larger',
  }),
  SEGMENT_SECONDS: Type.Number({
    minimum: 0.5,
    maximum: 10,
    default: 1,
    description: 'a segment ends with the first key frame after so long',
  }),
  PART_MS: Type.Number({
    minimum: 50,
    maximum: 1000,
    default: 200,
    description: 'length of the parts of a segment that LL-HLS sends before its end',
  }),
  WORKERS: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description:
      'so many processes share the ports and serve all streams together: for a machine with several cores. They take PEER_PORT and those after it, on loopback, and the ones after OPS_PORT for their metrics',
  }),
  WORKER: Type.Optional(
    Type.Integer({ minimum: 1, description: 'which of WORKERS this is: they are started with it' }),
  ),
  MEDIA_PEERS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'the replicas that serve all streams together: host or host:port, comma separated, this one may be among them; a name is looked up each second; absent: this one is alone',
    }),
  ),
  PEER_PORT: port(8090, 'port on which replicas talk to each other; nobody else may reach it'),
  PEER_SECRET: Type.Optional(secret('what replicas know each other by, of 16 characters at least; the same for all')),
  PEER_ANSWER_MS: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 250,
    description: 'a publisher is let in without a replica that does not answer within so long',
  }),
  PEER_LOST_SECONDS: Type.Number({
    minimum: 2,
    maximum: 600,
    default: 3,
    description: 'a replica that was not heard for so long is not there',
  }),
  STANDBY: Type.Integer({
    minimum: 0,
    maximum: 100,
    default: 0,
    description: 'so many replicas follow each stream though nobody watches it there',
  }),
})

export type Config = Static<typeof Env>
