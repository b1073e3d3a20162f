import { AccessTokenEnv } from '@livepods/access/env'
import { address, ServiceEnv } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

/** The environment of the sender. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessTokenEnv,
  RELAY_URL: address(
    'http URL or its part behind http://',
    'where messages go, with or without http://; without a path, or with /v1/messages: a relay or sink of ours; ' +
      'with any other path: any HTTP server, which gets a text/plain POST for each message',
  ),
  RELAY_PROTOCOL: Type.Optional(
    Type.Union([Type.Literal('livepods'), Type.Literal('plain')], {
      description: 'livepods: numbered messages in batches; plain: a POST each; what RELAY_URL says unless given',
    }),
  ),
  ANSWER_WITHIN_SECONDS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 600,
    default: 15,
    description: 'a request that takes longer has failed and is repeated',
  }),
  SEND_EVERY_SECONDS: Type.Number({
    minimum: 0.001,
    maximum: 86_400,
    default: 5,
    description: 'time from one message of a stream to its next',
  }),
  SENDERS: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 1,
    description: 'streams of messages; 0 only delivers what waits in SPOOL_DIR',
  }),
  SENDER_NAME: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: 'name of new streams, which keep it; the host’s unless given',
    }),
  ),
  PRINT_MESSAGES: Type.Boolean({ default: true, description: 'print each message that was delivered, and the reply' }),
  SPOOL_DIR: Type.String({
    minLength: 1,
    default: '/var/local/container',
    description: 'folder of messages that wait; no other process may use it',
  }),
  SPOOL_MEGABYTES: Type.Number({
    minimum: 0.1,
    maximum: 1_000_000,
    default: 64,
    description: 'messages of a stream that may wait; when it is full no more are made',
  }),
  SPOOL_KEEP_HOURS: Type.Number({
    minimum: 0,
    default: 1,
    description: 'delivered messages are kept so long where SPOOL_MEGABYTES allows it, for a target that has lost them',
  }),
})

export type Config = Static<typeof Env>
