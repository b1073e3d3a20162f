// @ts-check
// JavaScript, as `prepare.js` runs before there are packages, on whatever Node the machine has.
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

// Distributions put daemons where a person's PATH does not reach.
const MORE_FOLDERS = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin', '/usr/lib/mysql', '/opt/homebrew/bin']

/**
 * The full path of the first of `names` that is installed, or undefined.
 *
 * @param {string[]} names
 * @param {string[]} [folders] looked into first
 * @returns {string | undefined}
 */
export function findProgram(names, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]
  return names.flatMap((name) => all.map((folder) => join(folder, name))).find(isExecutable)
}

/**
 * The database server of this machine (or of MYSQLD), or a program that belongs to `server`.
 *
 * @param {string} [server]
 * @param {string[]} [names]
 * @returns {string | undefined}
 */
export function findDatabaseProgram(server, names = ['mariadbd', 'mysqld']) {
  if (!server && process.env.MYSQLD) return process.env.MYSQLD
  return findProgram(names, server ? [dirname(server)] : [])
}

/**
 * Chromium, or CHROMIUM where that is set.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  return process.env.CHROMIUM ?? findProgram(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])
}

/** For a browser that only our pages use: as root there is no sandbox, and without the rest it asks its maker for updates. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
