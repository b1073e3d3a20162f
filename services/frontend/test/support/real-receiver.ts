import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SpawnedService, spawnService } from '@livepods/testing'

/** The program of the receiver, as its manifests start it. */
const MAIN = new URL('../../../receiver/src/main.ts', import.meta.url)

export interface RealReceiver extends AsyncDisposable {
  url: string
  process: SpawnedService
  folder: string
}

/** The receiver itself, as a process, with a folder of its own; nobody reads the queue. */
export async function realReceiver(environment: Record<string, string>): Promise<RealReceiver> {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-receiver-'))
  const process = await spawnService(MAIN, {
    PORT: '0',
    DRAIN_SECONDS: '0',
    PRODUCER_ADDRESS: '127.0.0.1:1',
    UNKNOWN_PEOPLE: folder,
    KNOWN_PEOPLE: folder,
    ...environment,
  })
  await process.ready()
  return {
    url: String((await process.said(/Server listening at (http:[^"]+)/))[1]),
    process,
    folder,
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
