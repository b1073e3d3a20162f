import type { Log } from '@livepods/service'
import { Type } from 'typebox'
import type { ClientDirectory } from '../clients/client-directory.ts'
import { type ClientsState, ClientsStateSchema } from '../clients/client-state.ts'
import type { Clients } from '../clients/clients.ts'
import type { StreamName } from '../stream-name.ts'
import type { PeerClient } from './peer-client.ts'
import type { Peer, Peers } from './peers.ts'

interface Parts {
  /** Of this replica. */
  clients: Clients
  peers: Pick<Peers, 'live'>
  client: PeerClient
  log: Log
}

const ANSWER_WITHIN_MS = 2000

export const KickedSchema = Type.Object({ isKicked: Type.Boolean() })

/** The publishers and viewers of all replicas: each is asked anew, and one that does not answer is left out. */
export class ClusterClients implements ClientDirectory {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async list(name?: StreamName): Promise<ClientsState[]> {
    const { clients, client } = this.#parts
    const others = await this.#askAll(async ({ address }) => {
      const body = name === undefined ? {} : { name }
      return await client.ask<ClientsState>(address, '/clients', body, ClientsStateSchema, {
        withinMs: ANSWER_WITHIN_MS,
      })
    })
    return [clients.state(name), ...others]
  }

  async kick(id: string): Promise<boolean> {
    const { clients, client } = this.#parts
    if (await clients.kick(id)) return true
    const answers = await this.#askAll(async ({ address }) => {
      const options = { withinMs: ANSWER_WITHIN_MS }
      return await client.ask<{ isKicked: boolean }>(address, '/kick-client', { id }, KickedSchema, options)
    })
    return answers.some(({ isKicked }) => isKicked)
  }

  async #askAll<T>(ask: (peer: Peer) => Promise<T>): Promise<T[]> {
    const { peers, log } = this.#parts
    const answers = await Promise.all(
      peers.live().map(async (peer) => {
        try {
          return [await ask(peer)]
        } catch (error) {
          log.warn({ peer: peer.address, err: error }, 'a peer does not say who is connected to it')
          return []
        }
      }),
    )
    return answers.flat()
  }
}
