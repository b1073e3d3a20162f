import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Log } from '@livepods/service'
import type { Hint } from './hints.ts'

export interface PeersOptions {
  /** name:port; the name has the addresses of all replicas, this one may be among them. */
  address: string
  /** HOOK_SECRET. */
  secret: string
  log: Log
}

/** What one replica tells another has this header, and is not told further. */
export const TOLD_BY_PEER = 'x-livepods-told-by-peer'
const ANSWER_WITHIN_MS = 2000

/** Tells the other replicas of pushes: a hook reaches any of them, and one of them acts. */
export class Peers {
  readonly #options: PeersOptions

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** A replica that is not reached finds the push within its interval. */
  async tell(hints: readonly Hint[]): Promise<void> {
    const { address, log } = this.#options
    const [name = '', port = ''] = address.split(/:(?=\d+$)/)
    try {
      const others = (await lookup(name, { all: true })).filter(({ address }) => !isOwn(address))
      await Promise.all(others.map(({ address }) => this.#post(`${hostOf(address)}:${port}`, hints)))
    } catch (error) {
      log.warn({ peers: address, reason: (error as Error).message }, 'other replicas were not told of a hook')
    }
  }

  /** As their registry would, with a body that only this secret signs: the secret itself is not sent. */
  async #post(host: string, hints: readonly Hint[]): Promise<void> {
    const events = hints.map(({ host, repository }) => ({
      action: 'push',
      target: { repository, tag: 'any' },
      request: { host },
    }))
    const body = JSON.stringify({ events })
    const signature = createHmac('sha256', this.#options.secret).update(body).digest('hex')
    const response = await fetch(`http://${host}/hooks/distribution`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': `sha256=${signature}`,
        [TOLD_BY_PEER]: '1',
      },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (!response.ok) throw new Error(`${host} answered ${response.status}.`)
  }
}

/** Processes of one machine share the loopback address. */
function isOwn(address: string): boolean {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return interfaces.some((one) => !one.internal && one.address === address)
}

function hostOf(address: string): string {
  return isIPv6(address) ? `[${address}]` : address
}
