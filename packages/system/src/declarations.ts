import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Broker, Declaration, Group, Job, Listener, Service } from '@livepods/service'

/** A declaration and where it was found. */
export type Declared<D extends Declaration = Declaration> = D & {
  /** The folder of its package, from the root: "services/receiver". */
  folder: string
  /** The file that is run. */
  main: URL
}

/** A declaration cannot be used; the message names every fault, each with its file. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError'
  readonly code = 'BAD_DECLARATION'
}

const FILES = ['services/*/src/{service,program}.ts', '{packages,tools}/*/src/program.ts', 'sql/src/program.ts']
const WORDS = ['database', 'queue', 'pictures', 'statuses', 'pages', 'outside', 'nobody']
const ADDRESS = /_(ADDRESS|URLS?|CONNECTION|ENDPOINT)$/

/** This repository. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** All programs that folders below `root` declare, sorted by folder. Throws DeclarationError. */
export async function declarationsIn(root = repository): Promise<Declared[]> {
  const files = globSync(FILES, { cwd: root }).sort()
  const declared = await Promise.all(files.map((file) => load(root, file)))
  const faults = [
    ...undeclared(root),
    ...declared.flatMap((one) => faultsOf(one, declared)),
    ...twice(declared.map(({ name }) => name)).map((name) => `two programs are called ${name}`),
    ...twice(declared.flatMap(listenersOf).map(({ name }) => name)).map((name) => `two listeners are called ${name}`),
    ...twice(serversIn(declared).map(({ opsPort }) => opsPort)).map((port) => `two programs have the ops port ${port}`),
  ]
  if (faults.length > 0)
    throw new DeclarationError(
      `Declarations below ${root} do not fit:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  return declared
}

export function servicesIn(declared: readonly Declared[]): Declared<Service>[] {
  return declared.filter((one) => one.kind === 'service')
}

/** The services of a group, and all programs that are no service. */
export function ofGroup(group: Group, declared: readonly Declared[]): Declared[] {
  return declared.filter((one) => one.kind !== 'service' || one.group === group)
}

/** What runs until it is stopped. */
export function serversIn(declared: readonly Declared[]): Declared<Service | Broker>[] {
  return declared.filter((one) => one.kind !== 'job')
}

export function jobsIn(declared: readonly Declared[]): Declared<Job>[] {
  return declared.filter((one) => one.kind === 'job')
}

export function listenersOf(declaration: Declaration): Listener[] {
  return declaration.kind === 'job' ? [] : declaration.listeners
}

/** The port that a listener has where nobody chooses another one. */
export function usualPort({ env }: Declaration, { variable }: Listener): number {
  return (env.properties[variable] as { default: number }).default
}

async function load(root: string, file: string): Promise<Declared> {
  const { declaration } = (await import(pathToFileURL(join(root, file)).href)) as { declaration?: Declaration }
  if (!declaration) throw new DeclarationError(`${join(root, file)} exports no declaration.`)
  const folder = dirname(dirname(file))
  return { ...declaration, folder, main: pathToFileURL(join(root, folder, declaration.entry ?? 'src/main.ts')) }
}

/** Folders of services that say nothing. */
function undeclared(root: string): string[] {
  return globSync('services/*/package.json', { cwd: root })
    .map((file) => join(dirname(file), 'src/service.ts'))
    .filter((file) => !existsSync(join(root, file)))
    .map((file) => `${file} is missing`)
}

function faultsOf(one: Declared, all: readonly Declared[]): string[] {
  const { env, calls, folder, name, main } = one
  const targets = [...WORDS, ...all.flatMap(listenersOf).map((listener) => listener.name)]
  const { keeps = {}, nameVariable } = one as Partial<Service>
  const variables = [
    ...listenersOf(one).map(({ variable }) => variable),
    ...Object.keys(calls),
    ...Object.keys(keeps),
    ...(nameVariable === undefined ? [] : [nameVariable]),
  ]
  return [
    ...(one.kind === 'service' && folder !== `services/${name}` ? [`its name is ${name}`] : []),
    ...(existsSync(main) ? [] : [`there is no ${fileURLToPath(main)}`]),
    ...variables.filter((variable) => !(variable in env.properties)).map((variable) => `its env has no ${variable}`),
    ...Object.values(calls)
      .filter((target) => !targets.includes(target))
      .map((target) => `it calls ${target}, which nobody listens to`),
    ...(one.forwards ?? [])
      .filter((name) => !all.some((other) => other.name === name && 'TRUST_PROXY' in other.env.properties))
      .map((name) => `it forwards to ${name}, which cannot trust it: its env has no TRUST_PROXY`),
    ...Object.keys(env.properties)
      .filter((variable) => ADDRESS.test(variable) && !(variable in calls))
      .map((variable) => `${variable} looks like an address, and its calls do not say whose`),
  ].map((fault) => `${folder}: ${fault}`)
}

function twice<T>(values: T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
