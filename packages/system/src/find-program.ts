import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

// Distributions put daemons where a person's PATH does not reach.
const MORE_FOLDERS = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin', '/usr/lib/mysql', '/opt/homebrew/bin']

/** The full path of the first of `names` that is installed, or undefined. */
export function findProgram(names: string[], folders: string[] = []): string | undefined {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]
  return names.flatMap((name) => all.map((folder) => join(folder, name))).find(isExecutable)
}

/** The database server of this machine (or of MYSQLD), or a program that belongs to `server`. */
export function findDatabaseProgram(server?: string, names = ['mariadbd', 'mysqld']): string | undefined {
  if (!server && process.env.MYSQLD) return process.env.MYSQLD
  return findProgram(names, server ? [dirname(server)] : [])
}

/** Chromium, or CHROMIUM where that is set. */
export function findChromium(): string | undefined {
  return process.env.CHROMIUM ?? findProgram(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
