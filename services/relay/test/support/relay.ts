import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SpawnedService, spawnService } from '@livepods/testing'
import type { Waiting } from '../../src/waiting-routes.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url)

export const folder = async () => await mkdtempDisposable(join(tmpdir(), 'livepods-relay-'))

export interface SpawnedRelay extends SpawnedService {
  url: string
}

export const environmentOf = (path: string, sink: string) => ({
  SPOOL_DIR: path,
  RELAY_NAME: 'relay',
  SINK_URL: sink,
  PORT: '0',
  DRAIN_SECONDS: '0',
})

/** A relay as a process. */
export async function spawnRelay(
  path: string,
  sink: string,
  environment: Record<string, string> = {},
): Promise<SpawnedRelay> {
  const service = await spawnService(MAIN, { ...environmentOf(path, sink), ...environment })
  await service.ready()
  const [, url = ''] = await service.said(/Server listening at (http:[^"]+)/)
  return { ...service, url }
}

/** What GET /v1/waiting says. */
export const waitingOf = async (url: string): Promise<Waiting> =>
  (await (await fetch(`${url}/v1/waiting`)).json()) as Waiting

/** `relay --drain`; resolves with its exit code. */
export async function drainRelay(path: string, sink: string): Promise<number | string> {
  await using job = await spawnService(MAIN, environmentOf(path, sink), ['--drain'])
  return await job.exited
}
