import { readEnvironment } from '@livepods/service'
import { type Declared, listenersOf } from '@livepods/system'
import type { TObject } from 'typebox'
import { isLasting, type Manifest, ofKind, type Workload } from './manifest.ts'
import { folderOf, ownName, programOf, programs } from './program.ts'
import type { Suite } from './rule.ts'

type Container = Workload['containers'][number]
type Variables = Record<string, string>

/** Of the runtime, not of the program. */
const RUNTIME = /^(MALLOC_|NODE_|POD_IP$)/

/**
 * Containers with an image of ours and no program, the variables that a container gets and its program does not know or refuses, files that
 * no volume brings, calls that lead nowhere, and wrong ports.
 */
export function environmentFaults({ manifests, workloads }: Suite, declared = programs): string[] {
  return workloads.flatMap((workload) =>
    workload.containers.flatMap((container) =>
      faultsOf({ container, workload, manifests, declared }).map(
        (fault) => `${workload.kind}/${workload.name}, container ${container.name}: ${fault}`,
      ),
    ),
  )
}

interface Place {
  container: Container
  workload: Workload
  manifests: Manifest[]
  declared: readonly Declared[]
}

function faultsOf({ container, workload, manifests, declared }: Place): string[] {
  const { image = '' } = container
  if (ownName(image) !== undefined && !folderOf(image, declared)) return [`no Dockerfile makes ${image}`]
  const program = programOf(container, declared)
  if (!program) return []
  const variables = variablesOf(container, manifests)
  return [
    ...variableFaults(program, variables, declared),
    ...missingFiles(variables, container, workload),
    ...(isLasting(workload) ? wrongPorts(program, variables, container) : []),
  ]
}

/** The variables that a program does not know or refuses, and those that would lead it to nobody. */
export function variableFaults(program: Declared, variables: Variables, declared: readonly Declared[]): string[] {
  return [
    ...unknownNames(program.env, variables),
    ...refusedValues(program.env, variables),
    ...callsOfNobody(program, variables, declared),
  ]
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

/** Defaults lead to the machine itself, where in a cluster nobody is. */
function callsOfNobody({ calls }: Declared, variables: Variables, declared: readonly Declared[]): string[] {
  const listeners = ['statuses', ...declared.flatMap(listenersOf).map(({ name }) => name)]
  return Object.entries(calls)
    .filter(([variable, target]) => listeners.includes(target) && !variables[variable])
    .map(([variable, target]) => `${variable} is not set: it leads to ${target}`)
}

/** A job in a workload that lasts, such as the migrations, listens to nobody. */
function wrongPorts(program: Declared, variables: Variables, { ports = [] }: Container): string[] {
  const names = program.kind === 'job' ? [] : ['OPS_PORT', ...program.listeners.map(({ variable }) => variable)]
  const open = names.map((name) =>
    Number(variables[name] ?? (program.env.properties[name] as { default?: number }).default),
  )
  const listed = ports.map(({ containerPort }) => Number(containerPort))
  return [
    ...listed.filter((port) => !open.includes(port)).map((port) => `nothing listens on port ${port}`),
    ...open.filter((port) => !listed.includes(port)).map((port) => `port ${port} is not listed`),
  ]
}

function isSecretFile(properties: TObject['properties'], name: string): boolean {
  const property = properties[name.replace(/_FILE$/, '')] as { secret?: boolean } | undefined
  return name.endsWith('_FILE') && property?.secret === true
}
