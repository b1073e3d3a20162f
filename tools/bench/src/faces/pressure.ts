import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Progress } from '../progress.ts'
import { Series } from '../series.ts'
import type { HealthProbe } from './health-probe.ts'
import { SERVICE, WatchedService } from './watched-service.ts'

export interface PressureOptions {
  rounds: number
  /** A large photo. */
  photo: string
  /** Pictures that wait for one of the two workers. */
  queue: number
  /** An empty folder. */
  nobody: string
  progress: Progress
}

/** The only row. */
export const FULL_QUEUE = 'queue full, both workers busy'
const REFUSED = /RESOURCE_EXHAUSTED/
const PROBE = new URL('./health-probe.ts', import.meta.url)
const CHECKS = 300
const CHECK_EVERY_MS = 10
/** A client that is refused comes back no sooner. */
const BACK_AFTER_MS = 100

/** How soon the real service answers a health check, and how late its event loop is, while as many large photos wait as may. */
export async function measurePressure({ rounds, photo, queue, nobody, progress }: PressureOptions): Promise<Series> {
  const series = new Series([FULL_QUEUE], [SERVICE])
  await using service = await WatchedService.start({
    KNOWN_PEOPLE: nobody,
    UNKNOWN_PEOPLE: nobody,
    FACE_WORKERS: '2',
    FACE_QUEUE: `${queue}`,
  })
  const picture = readFileSync(photo)
  for (let round = -1; round < rounds; round++) {
    progress.say(`full queue: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}`)
    const readings = await underPressure(service, picture, queue)
    if (round >= 0) series.add(FULL_QUEUE, SERVICE, readings)
  }
  return series
}

async function underPressure(service: WatchedService, picture: Buffer, queue: number): Promise<Record<string, number>> {
  const stop = new AbortController()
  let [mark, refused, answered] = [0, 0, 0]
  // As many as wait and two that are worked on, and one that finds no room: so the queue is never anything but full.
  const lanes = Array.from({ length: queue + 3 }, async () => {
    while (!stop.signal.aborted) {
      const unlike = Buffer.alloc(8)
      unlike.writeDoubleLE(performance.now() + mark++)
      try {
        await service.identify(Buffer.concat([picture, unlike]))
        answered++
      } catch (error) {
        if (!REFUSED.test((error as Error).message)) throw error
        refused++
        await after(BACK_AFTER_MS)
      }
    }
  })
  while (refused === 0) await after(CHECK_EVERY_MS)
  await service.lag()
  const probe: HealthProbe = { address: service.address, checks: CHECKS, everyMs: CHECK_EVERY_MS }
  const [times] = (await once(new Worker(PROBE, { workerData: probe }), 'message')) as [number[]]
  const { p99Ms: lagP99Ms, longestMs: lagLongestMs } = await service.lag()
  stop.abort()
  await Promise.all(lanes)
  if (answered === 0) throw new Error('No photo was looked at while the queue was full.')
  times.sort((one, other) => one - other)
  const part = (share: number) => times[Math.floor(times.length * share)] as number
  return { healthMedianMs: part(0.5), healthP99Ms: part(0.99), lagP99Ms, lagLongestMs }
}

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
