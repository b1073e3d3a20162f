import { EnvironmentError } from '@livepods/service'
import type { Config } from './config.ts'
import { streamTokenFaults } from './stream-tokens.ts'

const MIN_SECRET_LENGTH = 16
const MAX_PORT = 65_535

/** What no variable shows alone. Throws EnvironmentError with all faults. */
export function checkConfig(config: Config): void {
  const faults = [...peerFaults(config), ...workerFaults(config), ...portFaults(config), ...streamTokenFaults(config)]
  if (faults.length > 0) throw new EnvironmentError(faults)
}

function peerFaults({ MEDIA_PEERS, PEER_SECRET = '' }: Config): string[] {
  return MEDIA_PEERS !== undefined && PEER_SECRET.length < MIN_SECRET_LENGTH
    ? [`PEER_SECRET must have ${MIN_SECRET_LENGTH} characters at least with MEDIA_PEERS.`]
    : []
}

function workerFaults({ WORKERS, WORKER, PORT, RTMP_PORT, PEER_PORT, OPS_PORT, MEDIA_PEERS }: Config): string[] {
  if (WORKERS === 1 || WORKER !== undefined) return []
  const faults = Object.entries({ PORT, RTMP_PORT, PEER_PORT, OPS_PORT })
    .filter(([, port]) => port === 0)
    .map(([name]) => `${name} must not be 0 with WORKERS.`)
  if (MEDIA_PEERS !== undefined) faults.push('MEDIA_PEERS and WORKERS exclude each other: start more replicas.')
  return faults
}

function portFaults({ PORT, RTMP_PORT, MORE_PORTS = '' }: Config): string[] {
  const ports = MORE_PORTS.split(',').filter(Boolean).map(Number)
  const taken = new Set([PORT, RTMP_PORT])
  return [
    ...ports.filter((port) => port > MAX_PORT).map((port) => `MORE_PORTS has ${port}, and ${MAX_PORT} is the last.`),
    ...ports.filter((port) => taken.has(port)).map((port) => `MORE_PORTS has ${port}, which PORT or RTMP_PORT is.`),
  ]
}
