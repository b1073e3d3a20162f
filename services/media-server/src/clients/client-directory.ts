import type { StreamName } from '../stream-name.ts'
import type { ClientsState } from './client-state.ts'

/** The publishers and viewers of the service, wherever they are connected. */
export interface ClientDirectory {
  /** Of each replica that answers, this one first; of one stream or of all. */
  list(name?: StreamName): Promise<ClientsState[]>
  /** Ends one of them; false when there is none with this id. */
  kick(id: string): Promise<boolean>
}
