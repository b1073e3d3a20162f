import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Environment, UsageError } from '@livepods/service'
import type { Credential } from './registry/credentials.ts'
import { RegistryError } from './registry/errors.ts'
import { Hosts } from './registry/hosts.ts'
import { Logins } from './registry/logins.ts'
import { InvalidReferenceError, imageOf, parseReference, type Reference } from './registry/reference.ts'
import { Registry, type Repository } from './registry/registry.ts'
import { rollWorkload, undoWorkload, type WorkloadCommand } from './workload-commands.ts'

const USAGE = `image-watcher digest IMAGE                                      the digest that its tag has
image-watcher digest REGISTRY REPOSITORY TAG [USER PASSWORD]
image-watcher tags IMAGE                                        the tags of its repository
image-watcher check IMAGE:TAG@DIGEST                            whether its tag still has this digest
image-watcher roll [NAMESPACE/]KIND/NAME                        to the newest now, whatever it waits for; undone if it does not come up
image-watcher undo [NAMESPACE/]KIND/NAME                        its last rollout; it stays so until the tag moves again

-u USER:PASSWORD signs in for an IMAGE. Without it, that of \`docker login\` are used (DOCKER_CONFIG). REGISTRY_HOSTS_FILE says how to reach registries.
The cluster is that of KUBERNETES_URL (a kubectl proxy), KUBECONFIG or ~/.kube/config, or of the pod; credentials for roll are its pull secrets.
Exit: 0 done, or the same; 3 there is a newer one, also after an undo; 4 cannot tell; 64 wrong use.`

const EXIT = { same: 0, newer: 3, unknown: 4, usage: 64 }

interface Output {
  out: (line: string) => void
  err: (line: string) => void
}

interface Asked {
  reference: Reference
  repository: Repository
  registry: Registry
}

type ImageCommand = (asked: Asked, output: Output) => Promise<number>

const OF_IMAGES: Record<string, ImageCommand> = {
  digest: async ({ reference, repository, registry }, { out }) => {
    out((await registry.readTag(repository, tagOf(reference))).digest)
    return EXIT.same
  },
  tags: async ({ repository, registry }, { out }) => {
    for (const tag of await registry.listTags(repository)) out(tag)
    return EXIT.same
  },
  check: async ({ reference, repository, registry }, { out }) => {
    if (reference.digest === undefined) throw new UsageError('check needs an image with a digest.')
    const { digest } = await registry.readTag(repository, tagOf(reference))
    if (digest === reference.digest) return EXIT.same
    out(imageOf(reference, tagOf(reference), digest))
    return EXIT.newer
  },
}

const OF_WORKLOADS: Record<string, (command: WorkloadCommand) => Promise<number>> = {
  roll: async (command) => EXIT[await rollWorkload(command)],
  undo: async (command) => {
    await undoWorkload(command)
    return EXIT.same
  },
}

/** Runs a command, and resolves with the exit code of the process. */
export async function execute(args: readonly string[], environment: Environment, output: Output): Promise<number> {
  try {
    const { positionals, values } = parse(args)
    if (values.help) {
      output.out(USAGE)
      return EXIT.same
    }
    const [name = '', ...words] = positionals
    const ofWorkload = Object.hasOwn(OF_WORKLOADS, name) ? OF_WORKLOADS[name] : undefined
    const command = Object.hasOwn(OF_IMAGES, name) ? OF_IMAGES[name] : undefined
    const { REGISTRY_HOSTS_FILE: file } = environment
    using registry = new Registry({ hosts: file ? await Hosts.read(file) : new Hosts() })
    if (ofWorkload) return await ofWorkload({ name: workloadIn(words), environment, registry, out: output.out })
    if (!command) throw new UsageError(name ? `There is no command ${name}.` : 'A command is missing.')
    const { reference, credential = userOf(values.user) } = imageIn(words)
    const repository = { ...reference, credential: credential ?? (await loginOf(reference, environment)) }
    return await command({ reference, repository, registry }, output)
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidReferenceError) {
      output.err(`${error.message}\n\n${USAGE}`)
      return EXIT.usage
    }
    output.err(error instanceof RegistryError ? `${error.message} (${error.code})` : (error as Error).message)
    return EXIT.unknown
  }
}

function parse(args: readonly string[]) {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, user: { type: 'string', short: 'u' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

function workloadIn(words: string[]): string {
  const [name] = words
  if (name === undefined || words.length > 1)
    throw new UsageError('A workload is missing, or there are too many words.')
  return name
}

/** IMAGE; or registry, repository and tag as etagcli had them, with user and password behind them or without. */
function imageIn(words: string[]): { reference: Reference; credential?: Credential } {
  const [first = '', repository, tag, username, password] = words
  if (![1, 3, 5].includes(words.length)) throw new UsageError('An image is missing, or there are too many words.')
  return {
    reference: parseReference(words.length === 1 ? first : `${first}/${repository}:${tag}`),
    ...(username !== undefined && password !== undefined && { credential: { username, password } }),
  }
}

function userOf(text: string | undefined): Credential | undefined {
  if (text === undefined) return undefined
  const [username = '', ...password] = text.split(':')
  return { username, password: password.join(':') }
}

async function loginOf(reference: Reference, { DOCKER_CONFIG }: Environment): Promise<Credential | undefined> {
  const path = join(DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  // Whoever may write this file may run what it names.
  return await new Logins({ config: text }).find(reference)
}

function tagOf({ tag, digest }: Reference): string {
  if (tag === undefined && digest !== undefined) throw new UsageError('An image with a digest needs its tag, too.')
  return tag ?? 'latest'
}
