import { variableFaults } from '@livepods/k8s/environment'
import { type Declared, listenersOf, usualPort } from '@livepods/system'
import { parse } from 'yaml'
import { linkFaults } from './link-faults.ts'
import { statusFaults } from './status-faults.ts'
import { trustFaults } from './trust-faults.ts'

interface Block {
  image?: string
  build?: { dockerfile?: string }
  entrypoint?: string[]
  environment?: Record<string, string | null>
  ports?: string[]
  profiles?: string[]
}

/** The texts of compose files. */
export interface ComposeFiles {
  /** docker/compose.yaml */
  all: string
  /** docker/compose.no-registry.yaml */
  noRegistry: string
  /** docker/compose.access.yaml */
  access: string
}

const FILE = 'docker/compose.yaml'

/** Programs without a block, and what blocks say otherwise than declarations. */
export function composeFaults({ all, noRegistry, access }: ComposeFiles, declared: readonly Declared[]): string[] {
  const blocks = blocksOf(all)
  const inPlace = blocksOf(noRegistry)
  const withAccess = blocksOf(access)
  const images = declared.map(({ name, image = name }) => image)
  return [
    ...declared.flatMap((one) => {
      if (one.kind === 'broker')
        return Object.values(inPlace).some(({ image }) => isImage(image, one))
          ? []
          : [`docker/compose.no-registry.yaml has no block with the image of ${one.name}`]
      const block = blocks[one.name]
      if (!block) return [`${FILE} has no block for ${one.name}`]
      return [
        ...blockFaults(one, block),
        ...environmentFaults(one, block, declared).map((fault) => `${FILE}: ${one.name}: ${fault}`),
        ...accessFaults(one, withAccess[one.name]).map((fault) => `docker/compose.access.yaml: ${one.name}: ${fault}`),
      ]
    }),
    ...Object.entries(blocks)
      .filter(([, { image = '' }]) => image.includes('/livepods-') && !images.some((name) => isNamed(image, name)))
      .map(([name, { image }]) => `${FILE}: ${name}: no Dockerfile makes ${image}`),
  ]
}

function blocksOf(text: string): Record<string, Block> {
  // The limit of aliases is for texts of strangers.
  const { services } = parse(text, { merge: true, logLevel: 'silent', maxAliasCount: -1 }) as {
    services: Record<string, Block>
  }
  return services
}

function isNamed(image: string, name: string): boolean {
  return image.includes(`/livepods-${name}:`)
}

function isImage(image = '', { name, image: own = name }: Declared): boolean {
  return isNamed(image, own)
}

function blockFaults(one: Declared, { image, build, entrypoint = [], ports = [], profiles = [] }: Block): string[] {
  const published = ports.map((port) => Number(port.split(':').at(-1)))
  const listeners = listenersOf(one)
  const isDefault = one.kind === 'service' ? one.onByDefault : one.kind === 'job' && one.runs === 'first'
  return [
    ...(isImage(image, one) ? [] : [`its image is ${image}`]),
    ...(one.imageMegabytes && build?.dockerfile !== `${one.folder}/Dockerfile`
      ? [`it is built by ${build?.dockerfile}`]
      : []),
    ...(one.entry && !entrypoint.includes(one.entry) ? [`it does not run ${one.entry}`] : []),
    ...(isDefault === (profiles.length === 0) ? [] : [`its profiles are ${profiles.join() || 'none'}`]),
    ...listeners
      .map((listener) => ({ ...listener, port: usualPort(one, listener) }))
      .filter(({ port, reachedBy }) => published.includes(port) !== (reachedBy === 'everybody'))
      .map(({ port, reachedBy }) => `port ${port} is for ${reachedBy}`),
  ].map((fault) => `${FILE}: ${one.name}: ${fault}`)
}

function environmentFaults(one: Declared, { environment = {} }: Block, declared: readonly Declared[]): string[] {
  const variables = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, usual(value)]))
  return [
    ...variableFaults(one, variables, declared),
    ...(one.kind === 'service'
      ? [statusFaults, linkFaults, trustFaults].flatMap((faults) => faults(one, variables, declared))
      : []),
  ]
}

/** What a variable is where the environment of compose says nothing. */
function usual(value: string | null): string {
  return (value ?? '').replace(/^\$\{\w+-(.*)\}$/, '$1')
}

function accessFaults({ env, token }: Declared, { environment = {} }: Block = {}): string[] {
  const own = environment.ACCESS_TOKEN_FILE?.replace(/^.*\/token-/, '')
  return [
    ...('ACCESS_TOKENS_FILE' in env.properties === Boolean(environment.ACCESS_TOKENS_FILE)
      ? []
      : [`ACCESS_TOKENS_FILE is ${environment.ACCESS_TOKENS_FILE ?? 'not set'}`]),
    ...(own === token ? [] : [`its token is that of ${own ?? 'nobody'}, and its role is ${token ?? 'none'}`]),
  ]
}
