import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { atMost, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Readings, Series } from '../series.ts'
import { percentile } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import type { HealthProbe } from './health-probe.ts'
import { LARGEST, type Photos, pathOf } from './speed-photos.ts'
import { OF_SERVICE, SERVICE, WatchedService } from './watched-service.ts'

/** So many pictures wait for one of the two workers. */
const PLANS = { full: { rounds: 5, queue: 16 }, quick: { rounds: 1, queue: 2 }, tiny: { rounds: 1, queue: 1 } }
/** The only row. */
const FULL_QUEUE = 'queue full, both workers busy'
const REFUSED = /RESOURCE_EXHAUSTED/
const PROBE = new URL('./health-probe.ts', import.meta.url)
const CHECKS = 300
const CHECK_EVERY_MS = 10
/** A client that is refused comes back no sooner. */
const BACK_AFTER_MS = 100

/** How soon the real service answers a health check, and how late its event loop is, while as many large photos wait as may. */
export async function pressure({ nobody, photos }: Photos, bench: Bench): Promise<Findings> {
  const { rounds, queue } = planOf(bench, PLANS)
  const picture = readFileSync(pathOf(LARGEST, photos))
  await using service = await WatchedService.start(nobody, { FACE_QUEUE: `${queue}` })
  const candidates = [{ name: SERVICE, measure: async () => await underPressure(service, picture, queue) }]
  const rows = [{ name: FULL_QUEUE }]
  return pressureFindings(await measureRounds(bench, { title: 'full queue', candidates, rows, rounds }))
}

export function pressureFindings(pressure: Series): Findings {
  const whenFull = (name: string, ms: number) => atMost(FULL_QUEUE, name, ms, ' ms')
  const found = columnFindings(pressure, {
    ...OF_SERVICE,
    title: 'Full queue',
    about:
      'The service as a process of its own while both workers look at photos of 12 megapixels and as many wait as may.',
    columns: [
      ['health check, median ms', 'healthMedianMs'],
      ['health check, p99 ms', 'healthP99Ms', whenFull('p99 of a health check while the queue is full', 20)],
      ['event loop late, p99 ms', 'lagP99Ms', whenFull('event-loop lag while the queue is full, p99', 10)],
      ['event loop late, longest ms', 'lagLongestMs'],
    ],
  })
  return { ...found, data: { pressure } }
}

async function underPressure(service: WatchedService, picture: Buffer, queue: number): Promise<Readings> {
  const stop = new AbortController()
  let [mark, refused, answered] = [0, 0, 0]
  // As many as wait and two that are worked on, and one that finds no room: so the queue is never anything but full.
  const lane = async () => {
    while (!stop.signal.aborted) {
      const unlike = Buffer.alloc(8)
      unlike.writeDoubleLE(performance.now() + mark++)
      try {
        await service.identify(Buffer.concat([picture, unlike]))
        answered++
      } catch (error) {
        if (!REFUSED.test((error as Error).message)) throw error
        refused++
        await sleep(BACK_AFTER_MS)
      }
    }
  }
  const lanes = Promise.all(Array.from({ length: queue + 3 }, lane))
  // What it rejects with is said at the end.
  lanes.catch(() => stop.abort())
  while (refused === 0 && !stop.signal.aborted) await sleep(CHECK_EVERY_MS)
  await service.lag()
  const probe: HealthProbe = { address: service.address, checks: CHECKS, everyMs: CHECK_EVERY_MS }
  const [times] = (await once(new Worker(PROBE, { workerData: probe }), 'message')) as [number[]]
  const { p99Ms: lagP99Ms, longestMs: lagLongestMs } = await service.lag()
  stop.abort()
  await lanes
  if (answered === 0) throw new Error('No photo was looked at while the queue was full.')
  return { healthMedianMs: percentile(times, 0.5), healthP99Ms: percentile(times, 0.99), lagP99Ms, lagLongestMs }
}
