import type { Account, ManagerAccount } from '@livepods/boinc'
import { readIfThere } from './write-file.ts'

/** The file of projects cannot be used; the message names the line, and never a key. */
export class ProjectsFileError extends Error {
  override readonly name = 'ProjectsFileError'
  readonly code = 'BAD_PROJECTS_FILE'
}

/** Whom a client shall compute for: projects, or those that an account manager names. */
export interface Declared {
  accounts: readonly Account[]
  manager: ManagerAccount | undefined
}

export const NOTHING: Declared = { accounts: [], manager: undefined }
const MANAGER = 'account-manager'

/**
 * What BOINC_PROJECTS_FILE declares, with URLs as the client has them; undefined where there is no such file, which says nothing.
 * Rejects when it cannot be read, or with ProjectsFileError.
 */
export async function readProjects(path: string): Promise<Declared | undefined> {
  const text = await readIfThere(path)
  return text === undefined ? undefined : parseProjects(text)
}

/**
 * Lines `url key`, or one line `account-manager url name password`; empty ones, and those that begin with #, say nothing.
 * Throws ProjectsFileError.
 */
export function parseProjects(text: string): Declared {
  const accounts: Account[] = []
  let manager: ManagerAccount | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    const [word = ''] = words
    if (word === '' || word.startsWith('#')) continue
    const fault = (what: string) => new ProjectsFileError(`Line ${index + 1} of the file of projects: ${what}.`)
    if (manager || (word === MANAGER && accounts.length > 0))
      throw fault('an account manager stands alone: it says which projects there are')
    if (word === MANAGER) manager = managerIn(words, fault)
    else {
      const account = accountIn(words, fault)
      if (accounts.some(({ url }) => url === account.url)) throw fault('its project is there twice')
      accounts.push(account)
    }
  }
  return { accounts, manager }
}

type Fault = (what: string) => ProjectsFileError

function accountIn(words: readonly string[], fault: Fault): Account {
  const [word = '', key = ''] = words
  const url = urlIn(word)
  if (url === undefined) throw fault('it begins with no URL of http or https')
  if (words.length > 2) throw fault('it has more than a URL and a key; shares are set on the page of the project')
  if (key.length < 6) throw fault('it has no key')
  return { url, key }
}

function managerIn(words: readonly string[], fault: Fault): ManagerAccount {
  const [, word = '', name = '', password = ''] = words
  const url = urlIn(word)
  if (url === undefined) throw fault('its account manager has no URL of http or https')
  if (words.length !== 4) throw fault('an account manager has a URL, a name and a password, which have no spaces')
  return { url, name, password }
}

function urlIn(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) return undefined
  return url.href.replace(/\/*$/, '/')
}
