import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SpawnedService, spawnService, type TestDatabase } from '@livepods/testing'

const MAIN = new URL('../../../sink/src/main.ts', import.meta.url)

export interface RealSink extends AsyncDisposable {
  url: string
  stop: SpawnedService['stop']
}

/** The sink as a process, with a log folder that goes with it. */
export async function spawnSink(
  { environment }: TestDatabase,
  port = '0',
  more: Record<string, string> = {},
): Promise<RealSink> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'livepods-sink-'))
  const service = await spawnService(MAIN, {
    ...environment,
    PORT: port,
    DRAIN_SECONDS: '0',
    LOG_FOLDER: folder.path,
    SINK_NAME: 'sink',
    ...more,
  })
  await service.ready()
  const [, url = ''] = await service.said(/Server listening at (https?:[^"]+)/)
  return {
    url,
    stop: service.stop,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await folder.remove()
    },
  }
}

/** The bodies that the sinks took, by stream, in order of their numbers, which have no gap. */
export async function takenBy({ database }: TestDatabase): Promise<Map<string, string[]>> {
  const rows = (await database.rows(
    'SELECT s.name, m.seq, m.body FROM messages AS m JOIN message_streams AS s ON s.id = m.stream_id ORDER BY s.id, m.seq',
  )) as { name: string; seq: number | bigint | string; body: Buffer | null }[]
  const streams = new Map<string, string[]>()
  for (const { name, seq, body } of rows) {
    const bodies = streams.get(name) ?? []
    if (Number(seq) !== bodies.length + 1) throw new Error(`${name} has ${seq} after ${bodies.length}`)
    bodies.push(String(body))
    streams.set(name, bodies)
  }
  return streams
}
