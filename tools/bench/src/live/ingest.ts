import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import { atMost } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Bench, planOf } from '../suite.ts'
import { measureOurs } from './ours.ts'
import { rtmpUrl, type Setup, startServer } from './server-process.ts'
import { mediaServer } from './servers.ts'

/** Windows are full after `fillMs`: what has left a playlist is served for some seconds more. */
const PLANS = {
  full: { rounds: 3, streams: 100, fillMs: 40_000, forMs: 3000 },
  quick: { rounds: 1, streams: 100, fillMs: 30_000, forMs: 2000 },
  tiny: { rounds: 1, streams: 10, fillMs: 0, forMs: 1000 },
}
/** WINDOW_SECONDS, as it comes. */
const WINDOW_SECONDS = 20
/** Not all from one ffmpeg, which would send all of them at the same moment. */
const STREAMS_OF_AN_ENCODER = 5

/** What streams cost that nobody watches. */
export async function ingest(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, streams, fillMs, forMs } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const server = await startServer(stack, setup, mediaServer())
  const { residentMegabytes: empty } = server.usage()
  const urls = Array.from({ length: streams }, (_, n) => rtmpUrl(server, `stream-${n}`))
  for (let at = 0; at < streams; at += STREAMS_OF_AN_ENCODER)
    stack.use(setup.publish(urls.slice(at, at + STREAMS_OF_AN_ENCODER)))
  /** Megabits a second of all streams; rejects while one is missing. */
  const incoming = async () => {
    const answer = await fetch(`http://127.0.0.1:${server.ports.FLV}/v1/streams`)
    const { streams: listed } = (await answer.json()) as { streams: { onAir: boolean; bitsPerSecond: number }[] }
    const onAir = listed.filter((stream) => stream.onAir)
    if (onAir.length < streams) throw new Error(`${onAir.length} of ${streams} streams are on air.`)
    return onAir.reduce((sum, { bitsPerSecond }) => sum + bitsPerSecond, 0) / 1e6
  }
  await eventually(incoming)
  await sleep(fillMs)
  const row = `${streams} streams`
  return await measureOurs(bench, {
    name: 'ingest',
    title: 'Streams without viewers',
    about: `By RTMP, of 2 Mbit/s each, with segments and parts for HLS and DASH: cores (CPU time, user and system), megabytes that the server holds, what comes in; and how many megabytes a stream takes (without what the server had before) beyond the ${WINDOW_SECONDS} s of it that its playlists offer.`,
    rows: [{ name: row }],
    rounds,
    warmUp: 1,
    columns: [
      ['cores', 'cores', atMost(row, `${row} without viewers`, 0.2, ' cores')],
      ['MB', 'residentMegabytes'],
      ['Mbit/s', 'megabits'],
      [
        'a stream beyond its window, MB',
        'beyondMegabytes',
        atMost(row, 'memory of a stream beyond its window', 3, ' MB'),
      ],
    ],
    measure: async () => {
      const [startedAt, before] = [performance.now(), server.usage()]
      await sleep(forMs)
      const { cpuMs, residentMegabytes } = server.usage()
      const cores = (cpuMs - before.cpuMs) / (performance.now() - startedAt)
      const megabits = await incoming()
      const windowMegabytes = (megabits * WINDOW_SECONDS) / 8
      const beyondMegabytes = (residentMegabytes - empty - windowMegabytes) / streams
      return { cores, residentMegabytes, megabits, beyondMegabytes }
    },
  })
}
