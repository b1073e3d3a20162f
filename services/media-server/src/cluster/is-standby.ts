import { createHash } from 'node:crypto'
import type { StreamName } from '../stream-name.ts'
import type { Peers } from './peers.ts'

/** Whether this replica is one of those that follow a stream though nobody watches it there: all replicas choose the same ones. */
export function isStandby(name: StreamName, count: number, peers: Peers): boolean {
  const owner = peers.ownerOf(name)?.peer.state.id
  if (count === 0 || peers.isStopping || owner === undefined) return false
  const others = peers.live().flatMap(({ state: { id, isStopping } }) => (id === owner || isStopping ? [] : [id]))
  // Rendezvous hashing: a replica that comes or goes changes little.
  const rank = (id: string) => createHash('sha256').update(`${name} ${id}`).digest('hex')
  const own = rank(peers.id)
  return others.filter((id) => rank(id) < own).length < count
}
