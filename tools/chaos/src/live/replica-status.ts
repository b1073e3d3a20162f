import type { System } from '@livepods/system'
import { REPLICAS, STREAM } from './targets.ts'

const WITHIN_MS = 2000

/** A replica as its ops port tells. */
export interface ReplicaStatus {
  name: string
  /** Other replicas that it hears. */
  peers: number
  /** Feeds that it gets, and those that it sends. */
  feeds: number
  followers: number
  /** The stream is there; its publisher, too. */
  hasStream: boolean
  isOwner: boolean
}

interface Status {
  parts: { streams: { name: string; onAir: boolean; isLocal: boolean }[] }
}

/** Rejects when it does not answer. */
export async function statusOf(system: System, name: string): Promise<ReplicaStatus> {
  const url = `http://127.0.0.1:${system.port(`${name}-ops`)}`
  const ask = async (path: string) => await fetch(`${url}${path}`, { signal: AbortSignal.timeout(WITHIN_MS) })
  const [status, metrics] = await Promise.all([ask('/status'), ask('/metrics')])
  const { parts } = (await status.json()) as Status
  const text = await metrics.text()
  const metric = (metric: string) => Number(new RegExp(`^livepods_${metric} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  const stream = parts.streams.find((one) => one.name === STREAM)
  return {
    name,
    peers: metric('peers'),
    feeds: metric('feeds'),
    followers: metric('followers'),
    hasStream: stream !== undefined,
    isOwner: (stream?.onAir && stream.isLocal) ?? false,
  }
}

/** All replicas that answer. */
export async function statuses(system: System): Promise<ReplicaStatus[]> {
  const asked = await Promise.allSettled(REPLICAS.map(async (name) => await statusOf(system, name)))
  return asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

/** The owner, when all replicas are there, hear each other, have the stream, and one of them owns it; else undefined. */
export function ownerOfAll(all: readonly ReplicaStatus[]): string | undefined {
  const owners = all.filter(({ isOwner }) => isOwner)
  const isWhole = all.length === REPLICAS.length && all.every((one) => one.hasStream && one.peers === all.length - 1)
  return isWhole && owners.length === 1 ? owners[0]?.name : undefined
}
