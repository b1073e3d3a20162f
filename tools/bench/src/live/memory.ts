import { setTimeout as sleep } from 'node:timers/promises'
import { atMost } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Bench, planOf } from '../suite.ts'
import { measureOurs } from './ours.ts'
import { addressOf, type ServerProcess, type Setup, startOnAir } from './server-process.ts'
import { mediaServer } from './servers.ts'

const PLANS = {
  full: { rounds: 3, few: 400, stalled: 100, many: 1200, forMs: 4000 },
  quick: { rounds: 1, few: 400, stalled: 100, many: 800, forMs: 2000 },
  tiny: { rounds: 1, few: 20, stalled: 5, many: 60, forMs: 1000 },
}
/** Of the viewers so many have their frames timed. */
const WATCHED = 10
const SETTLE_MS = 1000
const SAMPLE_EVERY_MS = 100

/** What viewers take of the memory, and those who do not read; each time of a new server, since none gives back what it had. */
export async function memory(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, few, stalled, many, forMs } = planOf(bench, PLANS)
  const { audience } = setup
  const row = `${few} to ${many} viewers`
  const beside = `${stalled} who do not read beside ${few}`
  return await measureOurs(bench, {
    name: 'memory',
    title: 'Memory of viewers',
    about: `By HTTP-FLV: megabytes that the server holds for ${few} viewers; how much more it is at most while ${stalled} are there who do not read (after 20 s they are cut off), and by how many milliseconds a frame is later at the others than the one that was least late (p99), before and then; kilobytes for each viewer more, up to ${many}.`,
    rows: [{ name: row }],
    rounds,
    warmUp: 0,
    columns: [
      [`${few}, MB`, 'megabytes'],
      [`${stalled} stalled, MB more`, 'stalledMegabytes', atMost(row, `memory of ${beside}`, 10, ' MB')],
      ['lag before, ms', 'lagP99Ms'],
      ['lag beside, ms', 'besideLagP99Ms'],
      ['lag, ratio', 'lagRatio', atMost(row, `lag of the others, p99, ${beside}, no growth`, 1.5, '×')],
      ['a viewer, kB', 'viewerKilobytes', atMost(row, `memory of a viewer, ${row}`, 34, ' kB')],
    ],
    measure: async () => {
      await using stack = new AsyncDisposableStack()
      stack.defer(() => audience.leave())
      const server = await startOnAir(stack, setup, mediaServer())
      const flv = addressOf(server, 'FLV')
      await audience.join(flv, few - WATCHED)
      await audience.few.ask('watch', { ...flv, count: WATCHED })
      // What they begin with is as old as the last key frame.
      await sleep(SETTLE_MS)
      await audience.few.ask('lag', {})
      const before = await residentOver(server, forMs)
      const calm = await audience.few.ask('lag', {})
      await audience.few.ask('stall', { ...flv, count: stalled })
      const during = await residentOver(server, forMs)
      const late = await audience.few.ask('lag', {})
      await audience.join(flv, many - few)
      const after = await residentOver(server, forMs)
      return {
        megabytes: before.least,
        stalledMegabytes: during.most - before.most,
        lagP99Ms: calm.p99Ms,
        besideLagP99Ms: late.p99Ms,
        lagRatio: late.p99Ms / calm.p99Ms,
        viewerKilobytes: ((after.least - during.least) * 1000) / (many - few),
      }
    },
  })
}

/** Megabytes, looked at for so long. */
async function residentOver(server: ServerProcess, forMs: number): Promise<{ least: number; most: number }> {
  const samples: number[] = []
  for (const until = performance.now() + forMs; performance.now() < until; await sleep(SAMPLE_EVERY_MS))
    samples.push(server.usage().residentMegabytes)
  return { least: Math.min(...samples), most: Math.max(...samples) }
}
