import { readFile } from 'node:fs/promises'
import { eventually } from '@livepods/testing'
import type { ClientPod } from './client-pod.ts'
import { expect } from './deployed.ts'

const SECONDS = 3

/** Resolves when a viewer in the cluster has seen three seconds of the colour bars; rejects when nobody does within a minute. */
export async function colourBarsPlay(client: ClientPod, token: string): Promise<string> {
  const script = await readFile(new URL('watch.mjs', import.meta.url), 'utf8')
  const url = 'http://media-server.livepods:8080/live/live.flv'
  const watch = async () => JSON.parse(await client.run(script, url, token, `${SECONDS}`)) as number[]
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
