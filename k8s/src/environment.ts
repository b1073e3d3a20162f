import { Env as faceRecognition } from '@livepods/face-recognition/config'
import { FrontendEnv } from '@livepods/frontend/config'
import { Env as imageProcessor, RetryEnv } from '@livepods/image-processor/config'
import { Env as nsq } from '@livepods/nsq/config'
import { Env as receiver } from '@livepods/receiver/config'
import { readEnvironment } from '@livepods/service'
import { ServiceEnv } from '@livepods/service/env'
import { DatabaseEnv } from '@livepods/sql/env'
import { type TObject, Type } from 'typebox'
import { type Manifest, ofKind, type Workload } from './manifest.ts'
import type { Suite } from './rule.ts'

type Container = Workload['containers'][number]
type Variables = Record<string, string>

/** What the program of each image reads, by the image's name without "livepods-". */
export const schemas: Record<string, TObject> = {
  receiver,
  'image-processor': imageProcessor,
  'face-recognition': faceRecognition,
  frontend: FrontendEnv,
  migrator: Type.Object({ ...DatabaseEnv, LOG_LEVEL: ServiceEnv.LOG_LEVEL }),
  nsq,
}

/** Ports that a program listens on, of all its variables. */
const DOORS = /^(PORT|FRONTEND_PORT|OPS_PORT|NSQD_PORT|NSQD_HTTP_PORT|NSQLOOKUPD_TCP_PORT|NSQLOOKUPD_HTTP_PORT)$/
/** Of the runtime, not of the program. */
const RUNTIME = /^(MALLOC_|NODE_|POD_IP$)/

/** The variables that a container of ours gets and its program does not know or refuses, files that no volume brings, and wrong ports. */
export function environmentFaults({ manifests, workloads }: Suite): string[] {
  return workloads.flatMap((workload) =>
    workload.containers.flatMap((container) => {
      const schema = schemaOf(container)
      if (!schema) return []
      const variables = variablesOf(container, manifests)
      return [
        ...unknownNames(schema, variables),
        ...refusedValues(schema, variables),
        ...missingFiles(variables, container, workload),
        ...wrongPorts(schema, variables, container, workload),
      ].map((fault) => `${workload.kind}/${workload.name}, container ${container.name}: ${fault}`)
    }),
  )
}

/** The schema of a container's program; undefined for images that are not ours. */
export function schemaOf({ image = '', args = [] }: Container): TObject | undefined {
  if (args.includes('src/retry.ts')) return RetryEnv
  return schemas[/livepods-([a-z-]+)[:@]/.exec(image)?.[1] ?? '']
}

/** What a container finds in its environment; what comes from a Secret or from its pod is empty. */
export function variablesOf({ env = [], envFrom = [] }: Container, manifests: Manifest[]): Variables {
  const shared = envFrom.flatMap(({ configMapRef }) =>
    ofKind<{ data: Variables }>(manifests, 'ConfigMap')
      .filter(({ metadata }) => metadata.name === configMapRef?.name)
      .map(({ data }) => data),
  )
  return Object.assign({}, ...shared, ...env.map(({ name, value = '' }) => ({ [name]: value })))
}

function unknownNames({ properties }: TObject, variables: Variables): string[] {
  return Object.keys(variables)
    .filter((name) => !(name in properties) && !isSecretFile(properties, name) && !RUNTIME.test(name))
    .map((name) => `${name} is unknown to its program`)
}

/** Read as the program does, with every secret as if its file were there. */
function refusedValues(schema: TObject, variables: Variables): string[] {
  const given = Object.entries(variables).map(([name, value]) =>
    isSecretFile(schema.properties, name) ? [name.replace(/_FILE$/, ''), 'user:password'] : [name, value],
  )
  try {
    readEnvironment(schema, Object.fromEntries(given))
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function missingFiles(variables: Variables, { volumeMounts = [] }: Container, { template }: Workload): string[] {
  const files = volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = template.spec?.volumes?.find((other) => other.name === name)
    const sources = [volume?.secret, ...(volume?.projected?.sources ?? []).map(({ secret }) => secret)]
    return sources.flatMap((source) => (source?.items ?? []).map(({ path }) => `${mountPath}/${path}`))
  })
  return Object.entries(variables)
    .filter(([name, value]) => name.endsWith('_FILE') && !files.includes(value))
    .map(([name, value]) => `${name} is ${value}, which no volume brings`)
}

function wrongPorts(schema: TObject, variables: Variables, { ports = [] }: Container, workload: Workload): string[] {
  const open = Object.entries(schema.properties)
    .filter(([name]) => DOORS.test(name))
    .map(([name, property]) => Number(variables[name] ?? (property as { default?: number }).default))
  const listed = ports.map(({ containerPort }) => Number(containerPort))
  // A job has no door that anybody knocks at.
  if (workload.kind === 'CronJob') return []
  return [
    ...listed.filter((port) => !open.includes(port)).map((port) => `nothing listens on port ${port}`),
    ...open.filter((port) => !listed.includes(port)).map((port) => `port ${port} is not listed`),
  ]
}

function isSecretFile(properties: TObject['properties'], name: string): boolean {
  const property = properties[name.replace(/_FILE$/, '')] as { secret?: boolean } | undefined
  return name.endsWith('_FILE') && property?.secret === true
}
