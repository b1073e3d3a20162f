// What the Dockerfiles run: node docker/src/bundle.ts FOLDER TARGET [--optional] [--load FILE]…
import { execFileSync } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bill, billOf } from './bill.ts'
import { isNeeded } from './needed.ts'

interface Manifest {
  name: string
  version: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** Of the user in the images. */
const UID = 10001

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { optional: { type: 'boolean' }, load: { type: 'string', multiple: true, default: [] } },
})
const [folder = '', target = ''] = positionals
const root = resolve(import.meta.dirname, '../..')
bundle(join(root, folder))
compile(placeOf(join(root, folder)), values.load)

/**
 * Copies the workspace's package in `start`, and what it needs to run, to the target, each file where it lies in the workspace: Node runs
 * TypeScript only outside node_modules. `--optional` brings the optional peers of our packages. With a bill of materials of just that.
 */
function bundle(start: string): void {
  const { name } = manifestOf(start)
  // Development has the optional peers.
  const kind = values.optional ? [] : ['--prod']
  // How old the packages of the lockfile are was looked at when they came into it; to ask the registry again takes a minute.
  pnpm('install', ...kind, '--frozen-lockfile', '--config.minimum-release-age=0', '--filter-prod', `${name}...`)
  const taken = new Map<string, Manifest>()
  take(start, { of: name, taken })
  hoist(taken)
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const sbom = pnpm('--filter', name, 'sbom', ...kind, '--sbom-format', 'cyclonedx', '--sbom-type', 'application')
  writeFileSync(join(target, 'sbom.cdx.json'), JSON.stringify(billOf(JSON.parse(sbom) as Bill, [...taken.values()])))
}

/**
 * Loads the program in `folder` once, and those of its files that it loads later itself (`--load`), so that Node keeps what it has
 * compiled: a third of the CPU time that a start takes. Node reads it where version, kind of processor, user and paths are the same; it
 * compiles everything anew where they are not.
 */
function compile(folder: string, files: string[]): void {
  const compiled = join(target, 'compiled')
  mkdirSync(compiled)
  chownSync(compiled, UID, UID)
  execFileSync(process.execPath, [...files.map((file) => `--import=./${file}`), 'src/main.ts', '--help'], {
    cwd: folder,
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    uid: UID,
    gid: UID,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // Only its user may read what Node writes; in the image it is only read.
  execFileSync('chown', ['--recursive', 'root:root', compiled])
  execFileSync('chmod', ['--recursive', 'a+rX', compiled])
}

function take(package_: string, { of, taken }: { of: string; taken: Map<string, Manifest> }): void {
  if (taken.has(package_)) return
  const manifest = manifestOf(package_)
  taken.set(package_, manifest)
  cpSync(package_, placeOf(package_), {
    recursive: true,
    filter: (path) =>
      isNeeded(relative(package_, path), { name: manifest.name, of, optional: values.optional === true }),
  })
  for (const link of dependenciesOf(manifest, package_)) {
    mkdirSync(dirname(placeOf(link)), { recursive: true })
    symlinkSync(readlinkSync(link), placeOf(link))
    take(realpathSync(link), { of, taken })
  }
}

/** Links what pnpm offers to packages that forget to name what they need, as face-api does: the same as in the workspace. */
function hoist(taken: Map<string, Manifest>): void {
  const folder = join(root, 'node_modules/.pnpm/node_modules')
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((rest) => join(name, rest)) : [name],
  )
  for (const link of names.map((name) => join(folder, name))) {
    if (!lstatSync(link).isSymbolicLink() || !taken.has(realpathSync(link))) continue
    mkdirSync(dirname(placeOf(link)), { recursive: true })
    symlinkSync(readlinkSync(link), placeOf(link))
  }
}

/** The links to what a package needs; what is not there is optional, or for another platform, or the installation would have failed. */
function dependenciesOf(
  { dependencies, optionalDependencies, peerDependencies }: Manifest,
  package_: string,
): string[] {
  const [, store] = /^(.*\/node_modules)\/(?:@[^/]+\/)?[^/]+$/.exec(package_) ?? []
  const names = { ...dependencies, ...peerDependencies, ...(store && optionalDependencies) }
  return Object.keys(names)
    .filter((name) => !name.startsWith('@types/'))
    .map((name) => join(store ?? join(package_, 'node_modules'), name))
    .filter((link) => existsSync(link))
}

function manifestOf(package_: string): Manifest {
  return JSON.parse(readFileSync(join(package_, 'package.json'), 'utf8')) as Manifest
}

function placeOf(path: string): string {
  return join(target, relative(root, path))
}

function pnpm(...args: string[]): string {
  return execFileSync('pnpm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e9,
  })
}
