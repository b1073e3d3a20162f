import { AccessEnv } from '@livepods/access/env'
import { ProxyEnv } from '@livepods/http/env'
import { file, port, ServiceEnv, secret } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

const percent = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 100, default: value, description })

/** How long a client may take to end its tasks, and how long we may take beside it. */
export const QUIT_SECONDS = 60
export const MARGIN_SECONDS = 10
const DRAIN_SECONDS = 300

/** The environment of the worker. */
export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...ProxyEnv,
  STOP_WITHIN_SECONDS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 7200,
    default: DRAIN_SECONDS + QUIT_SECONDS + MARGIN_SECONDS,
    description: `time from SIGTERM to the end; ${QUIT_SECONDS + MARGIN_SECONDS} s of it, 60 % at most, are for the client's own end, the drain has the rest`,
  }),
  DRAIN_SECONDS: Type.Number({
    minimum: 0,
    maximum: 7000,
    default: DRAIN_SECONDS,
    description: 'how long running tasks may take to their next checkpoint when this stops',
  }),
  PORT: port(8087, 'port of API and page'),
  BOINC_CLIENT: Type.String({ minLength: 1, default: 'boinc', description: 'program of the client' }),
  BOINC_DIR: Type.String({
    minLength: 1,
    default: '/var/lib/livepods/boinc',
    description: 'folder of the client: its identity, tasks and their checkpoints; no other process may use it',
  }),
  GUI_RPC_PORT: port(31416, 'port of the client, on loopback only'),
  BOINC_GUI_RPC_PASSWORD: Type.Optional(
    secret('of the client, 12 characters at least; one is made and kept in BOINC_DIR unless given', {
      pattern: '^\\S{12,}$',
    }),
  ),
  BOINC_PROJECTS_FILE: file(
    'lines "url key" of projects, or "account-manager url name password"; read again when it changes; without it there are none',
  ),
  CPU_PERCENT: percent(100, 'of the processors that this container has'),
  MEMORY_PERCENT: percent(75, 'of the memory that this container has'),
  DISK_GB: Type.Number({ exclusiveMinimum: 0, default: 8, description: 'the most that the client puts on its disk' }),
  HOURS: Type.Optional(
    Type.String({
      pattern: '^([01]?\\d|2[0-3])-([01]?\\d|2[0-4])$',
      description: 'from-to, hours of the day (TZ) in which it computes; 22-6 is the night; always unless given',
    }),
  ),
  CHECKPOINT_SECONDS: Type.Number({
    minimum: 1,
    maximum: 3600,
    default: 60,
    description: 'tasks save no more often than that',
  }),
  YIELD_ABOVE: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'CPU of the node that others use, in percent: above it tasks wait in memory; never unless given',
    }),
  ),
  POLL_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 60,
    default: 5,
    description: 'how often the client is asked how it is',
  }),
})

export type Config = Static<typeof Env>
