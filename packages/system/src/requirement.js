// @ts-check
// JavaScript, as `prepare.js` runs before there are packages, on whatever Node the machine has.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { findChromium, findDatabaseProgram, findProgram } from './find-program.js'

/** What a private database takes on the disk at its first start. */
export const DATABASE_MEGABYTES = 130

/**
 * @typedef {object} Requirement
 * @property {() => string | undefined} find
 * @property {string[]} packages Debian packages, without anything that would start a service; none: a person installs it.
 * @property {string} remedy What a person does who cannot have it installed by us.
 */

/** @type {Record<string, Requirement>} */
const REQUIREMENTS = {
  database: {
    find: () => findDatabaseProgram(),
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    remedy:
      'A MariaDB (10.11 or newer) or MySQL (8.4 or newer) server is missing; three ways to get one: install the program ' +
      '(Debian, Ubuntu: "sudo apt-get install mariadb-server-core mariadb-client-core"; macOS: "brew install mariadb"), ' +
      'or name the program in MYSQLD, or point MYSQL_CONNECTION, MYSQL_PORT and MYSQL_USERPASSWORD (user:password) at a running server.',
  },
  chromium: {
    find: findChromium,
    packages: ['chromium', 'fonts-liberation'],
    remedy:
      'Chromium is missing; the tests of the pages need it. Install it (Debian: "sudo apt-get install chromium") or name a Chrome in CHROMIUM.',
  },
  pip: {
    find: () => findProgram(['pip3']),
    packages: ['python3-pip'],
    remedy:
      'pip is missing; a test of live video reads MPDs with PyPI\'s mpegdash. Install it (Debian, Ubuntu: "sudo apt-get install python3-pip").',
  },
  'boinc-client': {
    find: () => process.env.BOINC_CLIENT ?? findProgram(['boinc']),
    // Debian's package would start a client of its own.
    packages: [],
    remedy:
      'boinc-client is missing; install it (Debian, Ubuntu: "sudo apt-get install boinc-client", which also starts one for the machine) or name the program in BOINC_CLIENT.',
  },
  gstreamer: {
    find: () => findProgram(['gst-launch-1.0']),
    packages: ['gstreamer1.0-tools', 'gstreamer1.0-plugins-bad'],
    remedy:
      'GStreamer is missing; the tests of live video publish and play with its librtmp. Install it (Debian: "sudo apt-get install gstreamer1.0-tools gstreamer1.0-plugins-bad").',
  },
}

/**
 * Of a program whose Debian package has its name.
 *
 * @param {string} name
 * @returns {Requirement}
 */
function ordinary(name) {
  const remedy = `${name} is missing; install it (Debian, Ubuntu: "sudo apt-get install ${name}").`
  return { find: () => findProgram([name]), packages: [name], remedy }
}

/** apt-get lets in one at a time. */
let installing = Promise.resolve()

/**
 * The path of a program that is needed: database, chromium, pip, gstreamer, or whatever a service declares. Where it is missing it is installed, with an
 * announcement, if this is root on Debian or Ubuntu; otherwise rejects with the ways to get it, in one sentence.
 *
 * @param {string} name
 * @param {(sentence: string) => void} announce
 * @returns {Promise<string>}
 */
export async function requireProgram(name, announce) {
  const { find, packages, remedy } = REQUIREMENTS[name] ?? ordinary(name)
  const found = find()
  if (found) return found
  const aptGet = findProgram(['apt-get'])
  if (process.getuid?.() !== 0 || !aptGet || packages.length === 0) throw new Error(remedy)
  installing = installing.then(() => install(aptGet, name, packages, announce))
  await installing
  const installed = find()
  if (!installed) throw new Error(remedy)
  return installed
}

/**
 * Installs packages, or tells why that failed.
 *
 * @param {string} aptGet
 * @param {string} name
 * @param {string[]} packages
 * @param {(sentence: string) => void} announce
 */
async function install(aptGet, name, packages, announce) {
  announce(`${name} is missing: installing ${packages.join(', ')} with apt-get`)
  try {
    await runQuietly(aptGet, ['update'])
    await runQuietly(aptGet, ['install', '-y', '--no-install-recommends', ...packages])
  } catch (error) {
    announce(/** @type {Error} */ (error).message)
  }
}

/**
 * Rejects, with how much there is and what it is for, when the disk of `folder` has too little left. The folder need not be there yet.
 *
 * @param {string} folder
 * @param {Record<string, number>} needs megabytes by what they are for
 */
export async function requireSpace(folder, needs) {
  const needed = Object.values(needs).reduce((sum, megabytes) => sum + megabytes, 0)
  const { bavail, bsize } = await statfs(existing(resolve(folder)))
  const free = Math.floor((bavail * bsize) / 1e6)
  if (free >= needed) return
  const uses = Object.entries(needs).map(([use, megabytes]) => `${megabytes} MB for ${use}`)
  throw new Error(`The disk of ${folder} has ${free} MB left, and needed are ${uses.join(' and ')}. Make room there.`)
}

/**
 * The folder, or the nearest one above it that is there.
 *
 * @param {string} folder
 * @returns {string}
 */
function existing(folder) {
  return existsSync(folder) ? folder : existing(dirname(folder))
}

/**
 * @param {string} program
 * @param {string[]} args
 */
async function runQuietly(program, args) {
  const child = spawn(program, ['-qq', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed:\n${errors.trim()}`)
}
