import { type Account, type Client, GuiRpcError, type Project } from '@livepods/boinc'
import type { Log } from '@livepods/service'
import { hasKey, type KeyHashes, keepKeyHash, readKeyHashes } from './key-hashes.ts'

export type Change =
  | { what: 'attach'; url: string; account: Account }
  | { what: 'detach' | 'detach-when-done' | 'dont-detach-when-done'; url: string }

/**
 * What leads from the projects of a client to those that are declared. Who has no id from a project has no work from it, and is detached at
 * once; else its tasks are finished first. A project with a new key is detached, and attached when it is gone. Those of an account manager
 * are its own.
 */
export function changesTo(accounts: readonly Account[], projects: readonly Project[], hashes: KeyHashes): Change[] {
  const attached = accounts
    .filter(({ url }) => !projects.some((project) => project.url === url))
    .map((account) => ({ what: 'attach' as const, url: account.url, account }))
  return [
    ...attached,
    ...projects.flatMap((project) => (project.isManaged ? [] : (changeOf(project, accounts, hashes) ?? []))),
  ]
}

function changeOf(project: Project, accounts: readonly Account[], hashes: KeyHashes): Change | undefined {
  const { url, hostId, isDetachedWhenDone } = project
  const account = accounts.find((one) => one.url === url)
  const isWanted = account !== undefined && hasKey(hashes, url, account.key)
  if (isWanted) return isDetachedWhenDone ? { what: 'dont-detach-when-done', url } : undefined
  if (hostId === 0) return { what: 'detach', url }
  return isDetachedWhenDone ? undefined : { what: 'detach-when-done', url }
}

/** Makes these changes. Rejects when the client does not answer; what it refuses is logged, and tried at the next time. */
export async function reconcile(
  client: Pick<Client, 'attach' | 'project'>,
  { accounts, projects, folder, log }: { accounts: readonly Account[]; projects: Project[]; folder: string; log: Log },
): Promise<void> {
  const hashes = await readKeyHashes(folder)
  for (const change of changesTo(accounts, projects, hashes)) {
    const { what, url } = change
    try {
      if (what === 'attach') {
        await keepKeyHash(folder, url, change.account.key)
        await client.attach(change.account)
      } else await client.project(what, url)
      log.info({ project: url, change: what }, 'project changed as declared')
    } catch (error) {
      if (!(error instanceof GuiRpcError && error.code === 'REFUSED')) throw error
      log.warn({ project: url, change: what, err: error }, 'the client refuses a change')
    }
  }
}
