import type { TObject } from 'typebox'

/** Services with one purpose, which are started together. */
export type Group = 'faces' | 'live' | 'messages' | 'probe' | 'compute' | 'delivery'

/**
 * Whom an address leads to. The name of a listener (a service's own, or of NSQ), or:
 * - database: MySQL or MariaDB; gets MYSQL_…
 * - queue: NSQ
 * - pictures: the store of photos and known people; gets KNOWN_PEOPLE and UNKNOWN_PEOPLE, or S3_…
 * - statuses: the ops ports of all programs that run in the caller's group, as name=url
 * - pages: nobody; people are told where pages of others are (`shown.link`), as name=url
 * - outside: somebody who is no part of the suite
 * - nobody: it is only shown, or told to others
 */
export type Target = string

/** A port that a program listens on, besides the one for /readyz. */
export interface Listener {
  /** Unique in the suite: what `calls` of others name. */
  name: string
  /** The variable that sets the port; its default in `env` is the usual one. */
  variable: string
  protocol: 'http' | 'grpc' | 'rtmp' | 'tcp'
  /** Everybody who can reach the machine or the cluster, or only those who declare a call. */
  reachedBy: 'everybody' | 'callers'
  /** What a person finds there: a row of the table that `pnpm dev` prints. */
  shown?: {
    title: string
    path?: string
    note: string
    /** What the navigation of others calls its page; absent: they have no link to it. */
    link?: string
  }
}

interface Program {
  /** What its processes, containers and workloads are called. */
  name: string
  /** One line for people, beginning with a small letter; the README's table has it. */
  summary: string
  env: TObject
  /** The file that is run, from the folder of its package; src/main.ts unless given. */
  entry?: string
  /** Every variable that holds an address, and whom it leads to. */
  calls: Record<string, Target>
  /** Services that it calls for its own clients, whose addresses it tells them (X-Forwarded-For): they have TRUST_PROXY. */
  forwards?: string[]
  /** The role of the token that it sends with its calls; absent: it has none. */
  token?: 'read' | 'submit' | 'manage'
  /** Its image is livepods-<image>; the name unless given. */
  image?: string
}

interface Server extends Program {
  listeners: Listener[]
  /** The port of /livez /readyz /metrics /status under `pnpm dev`; in a container all have the default of OPS_PORT. */
  opsPort: number
  /** Megabytes that its image may have above that of Node. */
  imageMegabytes: number
}

/** Runs until it is stopped: services/<name>. */
export interface Service extends Server {
  kind: 'service'
  group: Group
  /** Programs of the machine that it runs, such as ffmpeg. */
  programs?: string[]
  /** Variables that name a folder which the service keeps, each with the name of that folder, unique in the suite; a second copy has -2 behind it. */
  keeps?: Record<string, string>
  /** The variable of the name that the process has among others, the host's unless given: on one machine each gets one of its own. */
  nameVariable?: string
  /** Pods at least, or one on every node. */
  replicas: number | 'every node'
  /** Whether `pnpm dev` starts it without being asked to. */
  onByDefault: boolean
}

/** Takes the place of NSQ where the official one is not there. */
export interface Broker extends Server {
  kind: 'broker'
}

/** Does one thing and ends. */
export interface Job extends Program {
  kind: 'job'
  /** first: before anything that calls the same starts; on demand: by a person or a schedule. */
  runs: 'first' | 'on demand'
  /** Absent: it is run in the image of another program, which `image` names. */
  imageMegabytes?: number
}

/** What a folder says of the program in it. It is loaded alone, so it imports only typebox and fragments of environments. */
export type Declaration = Service | Broker | Job
