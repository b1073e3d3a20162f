// @ts-check
// What `pnpm dev` does first, with the same arguments: sees that the machine has what the suite needs, and installs the packages that
// running takes. JavaScript, as there are no packages yet, on whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DATABASE_MEGABYTES, requireProgram, requireSpace } from './requirement.js'

/** In node_modules and in pnpm's store together. */
const PACKAGES_MEGABYTES = 1200
/** Services, broker and supervisor with what they depend on, and Node. The rest, as much again, is for tests and development. */
const RUNNING = [
  '--prod',
  '--filter=livepods',
  ...['{./services/*}', '@livepods/nsq', '@livepods/dev'].map(withDependencies),
]

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Written after an installation. */
const installed = join(root, 'node_modules/.livepods')
/** Some groups need no database; whoever starts only some is told later what is missing. */
const isWhole = !process.argv.slice(2).some((argument) => /^(--only|--help|-h)\b/.test(argument))

try {
  const ownDatabase = isWhole && !process.env.MYSQL_CONNECTION
  if (!existsSync(join(root, 'node_modules')))
    await requireSpace(root, {
      packages: PACKAGES_MEGABYTES,
      ...(ownDatabase && { 'the database': DATABASE_MEGABYTES }),
    })
  if (ownDatabase) await requireProgram('database', console.log)
  if (!existsSync(installed) || modified(join(root, 'pnpm-lock.yaml')) > modified(installed)) install()
} catch (error) {
  console.error(/** @type {Error} */ (error).message)
  process.exitCode = 1
}

function install() {
  // Whoever has tested here has all packages, and keeps them.
  const hasAll = existsSync(join(root, 'node_modules/turbo'))
  const { status, error } = spawnSync('pnpm', ['install', ...(hasAll ? [] : RUNNING)], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw error ?? new Error('pnpm could not install the packages; its lines above say why.')
  writeFileSync(installed, '')
}

/** @param {string} name */
function withDependencies(name) {
  return `--filter-prod=${name}...`
}

/** @param {string} file */
function modified(file) {
  return statSync(file).mtimeMs
}
