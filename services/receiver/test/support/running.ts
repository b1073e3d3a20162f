import type { Broker } from '@livepods/nsq'
import { type SpawnedService, spawnService, type TestDatabase } from '@livepods/testing'

const MAIN = new URL('../../src/main.ts', import.meta.url)

/** The receiver as a process. */
export async function start(fresh: TestDatabase, broker: Broker, environment: Record<string, string> = {}) {
  return await spawnService(MAIN, {
    ...fresh.environment,
    PORT: '0',
    DRAIN_SECONDS: '0',
    PRODUCER_ADDRESS: broker.tcpAddress,
    PRODUCER_HTTP_ADDRESS: broker.httpAddress,
    ...environment,
  })
}

/** http://host:port of its API. */
export const urlOf = async (service: SpawnedService): Promise<string> =>
  String((await service.said(/Server listening at (http:[^"]+)/))[1])

export const post = (url: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers },
    body: JSON.stringify({ path }),
  })
