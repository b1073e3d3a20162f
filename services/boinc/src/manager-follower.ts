import { type AccountManager, type Client, GuiRpcError, type ManagerAccount } from '@livepods/boinc'
import { backoffMs, type Log } from '@livepods/service'
import { hasKey, keepKeyHash, readKeyHashes } from './key-hashes.ts'

const WAITS = { baseMs: 5000, maxMs: 3_600_000 }

export interface FollowOptions {
  declared: ManagerAccount | undefined
  /** Whom the client follows. */
  followed: AccountManager | undefined
  /** Where the client keeps what it has. */
  folder: string
  log: Log
}

/**
 * Lets a client follow the account manager that is declared. The client keeps one that has taken it in, and calls it again by itself; one
 * that has not is asked again by us, at growing intervals, since it may only be away.
 */
export class ManagerFollower {
  #asked = ''
  #attempt = 0
  #nextAt = 0

  /** Resolves with whether the client follows whom it shall, or nobody. Rejects when it does not answer. */
  async follow(
    client: Pick<Client, 'attachManager' | 'detachManager'>,
    { declared, followed, folder, log }: FollowOptions,
  ): Promise<boolean> {
    if (followed) {
      if (declared?.url === followed.url && hasKey(await readKeyHashes(folder), declared.url, keyOf(declared)))
        return true
      await client.detachManager()
      log.info({ manager: followed.url }, 'the account manager is left, as declared')
    }
    if (!declared) return true
    const asked = `${declared.url} ${keyOf(declared)}`
    if (asked !== this.#asked) this.#attempt = this.#nextAt = 0
    if (performance.now() < this.#nextAt) return false
    this.#asked = asked
    this.#nextAt = performance.now() + WAITS.baseMs + backoffMs(this.#attempt++, WAITS)
    await keepKeyHash(folder, declared.url, keyOf(declared))
    await client.attachManager(declared).catch((error) => {
      if (!(error instanceof GuiRpcError && error.code === 'REFUSED')) throw error
      log.warn({ manager: declared.url, err: error }, 'the client refuses to ask the account manager')
    })
    log.info({ manager: declared.url }, 'the account manager is asked')
    return false
  }
}

function keyOf({ name, password }: ManagerAccount): string {
  return `${name} ${password}`
}
