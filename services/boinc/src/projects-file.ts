import type { Account } from '@livepods/boinc'
import { readIfThere } from './write-file.ts'

/** The file of projects cannot be used; the message names the line, and never a key. */
export class ProjectsFileError extends Error {
  override readonly name = 'ProjectsFileError'
  readonly code = 'BAD_PROJECTS_FILE'
}

/**
 * The accounts in BOINC_PROJECTS_FILE, with master URLs as the client has them; undefined where there is no such file, which says nothing.
 * Rejects when it cannot be read, or with ProjectsFileError.
 */
export async function readProjects(path: string): Promise<Account[] | undefined> {
  const text = await readIfThere(path)
  return text === undefined ? undefined : parseProjects(text)
}

/** Lines `url key`; empty ones, and those that begin with #, say nothing. Throws ProjectsFileError. */
export function parseProjects(text: string): Account[] {
  const accounts: Account[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    const [word = '', key = ''] = words
    if (word === '' || word.startsWith('#')) continue
    const fault = (what: string) => new ProjectsFileError(`Line ${index + 1} of the file of projects: ${what}.`)
    const url = masterUrl(word)
    if (url === undefined) throw fault('it begins with no URL of http or https')
    if (words.length > 2) throw fault('it has more than a URL and a key; shares are set on the page of the project')
    if (key.length < 6) throw fault('it has no key')
    if (accounts.some((other) => other.url === url)) throw fault('its project is there twice')
    accounts.push({ url, key })
  }
  return accounts
}

function masterUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) return undefined
  return url.href.replace(/\/*$/, '/')
}
