import { createLog, OpsServer, readEnvironment } from '@livepods/service'
import { type SpawnedService, spawnService, type TestDatabase } from '@livepods/testing'
import { Env } from '../../src/config.ts'
import { Sink } from '../../src/sink.ts'
import type { LogFolder } from './log-folder.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url)

const environmentOf = (fresh: TestDatabase, folder: LogFolder) => ({
  ...fresh.environment,
  PORT: '0',
  DRAIN_SECONDS: '0',
  LOG_FOLDER: folder.path,
  SINK_NAME: 'sink',
})

export interface RunningSink extends AsyncDisposable {
  url: string
  ops: string
}

/** A sink in this process. */
export async function startSink(
  fresh: TestDatabase,
  folder: LogFolder,
  environment: Record<string, string> = {},
): Promise<RunningSink> {
  const config = readEnvironment(Env, { HOST: '127.0.0.1', ...environmentOf(fresh, folder), ...environment })
  const ops = await OpsServer.listen({ service: 'sink', host: '127.0.0.1', port: 0 })
  const stopping = new AbortController()
  const sink = new Sink({ config, log: createLog('test', 'silent'), ops, signal: stopping.signal })
  await sink.start()
  return {
    url: `http://127.0.0.1:${sink.port}`,
    ops: `http://127.0.0.1:${ops.port}`,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await sink[Symbol.asyncDispose]()
      await ops[Symbol.asyncDispose]()
    },
  }
}

/** A sink as a process. */
export async function spawnSink(
  fresh: TestDatabase,
  folder: LogFolder,
  environment: Record<string, string> = {},
): Promise<SpawnedService & { url: string }> {
  const service = await spawnService(MAIN, { ...environmentOf(fresh, folder), ...environment })
  await service.ready()
  const [, url = ''] = await service.said(/Server listening at (http:[^"]+)/)
  return { ...service, url }
}
