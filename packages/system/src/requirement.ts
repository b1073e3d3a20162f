import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findChromium, findDatabaseProgram, findProgram } from './find-program.ts'

interface Requirement {
  find: () => string | undefined
  /** Debian packages, without anything that would start a service. */
  packages: string[]
  /** What a person does who cannot have it installed by us. */
  remedy: string
}

const REQUIREMENTS: Record<string, Requirement> = {
  database: {
    find: () => findDatabaseProgram(),
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    remedy:
      'A MariaDB (10.11 or newer) or MySQL (8.4 or newer) server is missing. Three ways to get one: install the program ' +
      '(Debian, Ubuntu: "sudo apt-get install mariadb-server-core mariadb-client-core"; macOS: "brew install mariadb"), ' +
      'or name the program in MYSQLD, or point MYSQL_CONNECTION, MYSQL_PORT and MYSQL_USERPASSWORD (user:password) at a running server.',
  },
  chromium: {
    find: findChromium,
    packages: ['chromium', 'fonts-liberation'],
    remedy:
      'Chromium is missing; the tests of the pages need it. Install it (Debian: "sudo apt-get install chromium") or name a Chrome in CHROMIUM.',
  },
}

/** Of a program whose Debian package has its name. */
function ordinary(name: string): Requirement {
  const remedy = `${name} is missing. Install it (Debian, Ubuntu: "sudo apt-get install ${name}").`
  return { find: () => findProgram([name]), packages: [name], remedy }
}

/**
 * The path of a program that is needed: database, chromium, or whatever a service declares. Where it is missing it is installed, with an announcement, if this is root on Debian or
 * Ubuntu; otherwise rejects with the ways to get it.
 */
export async function requireProgram(name: string, announce: (sentence: string) => void): Promise<string> {
  const { find, packages, remedy } = REQUIREMENTS[name] ?? ordinary(name)
  const found = find()
  if (found) return found
  const aptGet = findProgram(['apt-get'])
  if (process.getuid?.() !== 0 || !aptGet) throw new Error(remedy)
  announce(`${name} is missing: installing ${packages.join(', ')} with apt-get`)
  await runQuietly(aptGet, ['update'])
  await runQuietly(aptGet, ['install', '-y', '--no-install-recommends', ...packages])
  const installed = find()
  if (!installed) throw new Error(remedy)
  return installed
}

async function runQuietly(program: string, args: string[]): Promise<void> {
  const child = spawn(program, ['-qq', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed:\n${errors.trim()}`)
}
