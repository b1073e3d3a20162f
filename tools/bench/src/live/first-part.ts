import { readFile } from 'node:fs/promises'
import { eventually } from '@livepods/testing'
import { atMost } from '../readings.ts'
import type { Findings } from '../report.ts'
import { percentile } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { FlvPublisher } from './flv-publisher.ts'
import { measureOurs } from './ours.ts'
import { type Setup, startServer } from './server-process.ts'
import { mediaServer } from './servers.ts'

const PLANS = {
  full: { rounds: 5, streams: 20 },
  quick: { rounds: 2, streams: 10 },
  tiny: { rounds: 1, streams: 2 },
}

/** How soon after a publisher's first frame a player has the first part of its pictures by LL-HLS. */
export async function firstPart(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, streams } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const server = await startServer(stack, setup, mediaServer())
  const file = await readFile(setup.file)
  let count = 0
  const row = 'LL-HLS'
  return await measureOurs(bench, {
    name: 'firstPart',
    title: 'The first part of a stream',
    about:
      "Milliseconds from a publisher's first frame to a player's having read the first part of its pictures, of 200 ms: it has asked for the multivariant playlist before, then asks for the media playlist, then for the part. p50, p95 and the longest of several streams, and the medians of the rounds with quartiles.",
    rows: [{ name: row }],
    rounds,
    warmUp: 1,
    columns: [
      ['p50', 'p50Ms', atMost(row, 'first part, LL-HLS, p50', 280, ' ms')],
      ['p95', 'p95Ms', atMost(row, 'first part, LL-HLS, p95', 350, ' ms')],
      ['longest', 'longestMs'],
    ],
    measure: async () => {
      const took: number[] = []
      for (let stream = 0; stream < streams; stream++)
        took.push(await msToFirstPart(`http://127.0.0.1:${server.ports.FLV}`, `first-${count++}`, file))
      return { p50Ms: percentile(took, 0.5), p95Ms: percentile(took, 0.95), longestMs: percentile(took, 1) }
    },
  })
}

async function msToFirstPart(server: string, key: string, file: Buffer): Promise<number> {
  const stream = `${server}/live/${key}`
  const get = async (name: string) => {
    const answer = await fetch(`${stream}/${name}`)
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
    return answer
  }
  using publisher = new FlvPublisher(`${stream}.flv`, file)
  await eventually(async () => {
    if (!(await fetch(`${server}/v1/streams/live/${key}`)).ok) throw new Error(`${key} is not on air.`)
  })
  const asked = get('index.m3u8')
  const beganAt = publisher.begin()
  await (await asked).text()
  const [, part = ''] = /URI="(video-\d+\.0\.m4s)"/.exec(await (await get('video.m3u8')).text()) ?? []
  await (await get(part)).arrayBuffer()
  return performance.now() - beganAt
}
