import { readFile } from 'node:fs/promises'
import { eventually } from '@livepods/testing'
import type { ClientPod } from './client-pod.ts'
import { expect } from './deployed.ts'

const SECONDS = 3
const SEGMENTS = 3
/** What the suite's own encoder publishes, as any replica has it. */
const COLOUR_BARS = 'http://media-server.livepods:8080/live/live'
/** Functions, and what calls them. */
const FILES = {
  frames: new URL('watch.mjs', import.meta.url),
  segments: new URL(import.meta.resolve('@livepods/testing/watch-segments')),
}
const WATCH_SEGMENTS = `
const [stream, token, count] = process.argv.slice(2)
const wanted = { token, count: Number(count) }
const played = [watchHls(stream, wanted), watchHls(stream, { ...wanted, plain: true }), watchDash(stream, wanted)]
console.log(JSON.stringify(await Promise.all(played)))
`

/**
 * Resolves when a viewer in the cluster has seen seconds of the colour bars as FLV, HLS and DASH; rejects when nobody does within a minute.
 * @param stream http://host:port/app/key
 */
export async function colourBarsPlay(client: ClientPod, token: string, stream = COLOUR_BARS): Promise<string> {
  const [frames, segments] = [await framesPlay(client, token, stream), await segmentsPlay(client, token, stream)]
  return `${frames}; ${segments}`
}

async function framesPlay(client: ClientPod, token: string, stream: string): Promise<string> {
  const script = await readFile(FILES.frames, 'utf8')
  const watch = async () => JSON.parse(await client.run(script, `${stream}.flv`, token, `${SECONDS}`)) as number[]
  // Whoever has lost its media server comes back by itself.
  const times = await eventually(watch, { withinMs: 60_000, everyMs: 500 })
  expect(
    times.every((time, index) => index === 0 || time > (times[index - 1] as number)),
    `frames do not follow each other: ${times.join(', ')}`,
  )
  const frames = times.length
  expect(frames > 20 * SECONDS, `only ${frames} frames in ${SECONDS} s`)
  return `${frames} frames in ${SECONDS} s`
}

async function segmentsPlay(client: ClientPod, token: string, stream: string): Promise<string> {
  const script = `${await readFile(FILES.segments, 'utf8')}${WATCH_SEGMENTS}`
  const watch = async () => JSON.parse(await client.run(script, stream, token, `${SEGMENTS}`)) as number[][]
  const [lowLatency, plain, dash] = await eventually(watch, { withinMs: 60_000, everyMs: 500 })
  return `segments as LL-HLS ${lowLatency}, HLS ${plain}, DASH ${dash}`
}
