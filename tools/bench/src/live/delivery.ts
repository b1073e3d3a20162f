import { fileURLToPath } from 'node:url'
import { eventually } from '@livepods/testing'
import { ask } from '../http-load.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { type LiveServer, rtmpUrl, type ServerProcess, type Setup, startServer } from './server-process.ts'
import { mediaServer } from './servers.ts'

const PLANS = {
  full: { rounds: 7, playlists: 10_000, segments: 4000 },
  quick: { rounds: 3, playlists: 4000, segments: 1500 },
  // CPU time is counted in hundredths of a second: each row takes several.
  tiny: { rounds: 1, playlists: 2000, segments: 1500 },
}
const CONNECTIONS = 32
const OURS = 'media-server'
const BARE: LiveServer = {
  name: 'node:http',
  protocols: ['FLV'],
  command: async ({ FLV }) => ({
    command: process.execPath,
    args: [fileURLToPath(new URL('./bare-files-main.ts', import.meta.url)), `${FLV}`],
  }),
}
const PLAYLIST = 'media playlist'
const SEGMENT = 'segment'

interface Row {
  name: string
  /** The newest file of its kind. */
  file: (stream: string) => Promise<string>
  requests: number
}

/** CPU time of an answer with a file of HLS, beside the least that Node can do: the same bytes from a map. */
export async function delivery(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, playlists, segments } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const ours = await startServer(stack, setup, mediaServer())
  const bare = await startServer(stack, setup, BARE)
  stack.use(setup.publish([rtmpUrl(ours)]))
  const stream = `http://127.0.0.1:${ours.ports.FLV}/live/bench`
  const newestSegment = async () => {
    const names = (await (await fetch(`${stream}/video-plain.m3u8`)).text()).match(/^video-\d+\.m4s$/gm)
    if (!names) throw new Error('There is no segment yet.')
    return names.at(-1) as string
  }
  await eventually(newestSegment)
  const rows: Row[] = [
    { name: PLAYLIST, file: async () => 'video.m3u8', requests: playlists },
    { name: SEGMENT, file: newestSegment, requests: segments },
  ]
  const measure = async (server: ServerProcess, path: string, requests: number) => {
    const before = server.usage().cpuMs
    const ms = await ask({ port: server.ports.FLV, path, requests, connections: CONNECTIONS })
    return { cpuUs: ((server.usage().cpuMs - before) * 1000) / requests, perSecond: (requests * 1000) / ms }
  }
  const candidates: Candidate<Row>[] = [
    {
      name: OURS,
      measure: async ({ file, requests }) => await measure(ours, `/live/bench/${await file(stream)}`, requests),
    },
    {
      name: BARE.name,
      measure: async ({ file, requests }) => {
        const path = `/live/bench/${await file(stream)}`
        const body = await (await fetch(new URL(path, stream))).arrayBuffer()
        await fetch(`http://127.0.0.1:${bare.ports.FLV}${path}`, { method: 'PUT', body })
        return await measure(bare, path, requests)
      },
    },
  ]
  // V8 compiles what is hot only after some thousand answers.
  return deliveryFindings(await measureRounds(bench, { title: 'delivery', candidates, rows, rounds, warmUp: 2 }))
}

export function deliveryFindings(series: Series): Findings {
  const ratio = (row: string) =>
    series.ratio(row, { candidate: OURS, reading: 'cpuUs' }, { candidate: BARE.name, reading: 'cpuUs' })?.median
  return {
    targets: [
      ...target(`CPU time of a ${PLAYLIST}, against node:http`, ratio(PLAYLIST), { atMost: 1.5, unit: '×' }),
      ...target(`CPU time of a ${SEGMENT}, against node:http`, ratio(SEGMENT), { atMost: 1.2, unit: '×' }),
    ],
    tables: readingTables(series, 'file', [
      {
        title: 'CPU time of delivery',
        about: `Microseconds of the server, user and system, for an answer with a file of HLS while a stream of 2 Mbit/s is on air: a media playlist with parts, and a segment of a second. ${CONNECTIONS} connections, one request each at a time. node:http has the same bytes in a map, with their type and their length.`,
        reading: 'cpuUs',
      },
      { title: 'The same as ratios', reading: 'cpuUs', baseline: BARE.name },
      { title: 'Answers per second', reading: 'perSecond' },
    ]),
    data: { delivery: series },
  }
}
