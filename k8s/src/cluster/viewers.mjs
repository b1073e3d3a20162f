// Runs in the cluster, as so many viewers: they watch a stream by LL-HLS until the file below is there, each asks again what fails, and
// print as JSON what they met.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [stream, token, count] = process.argv.slice(2)
const STOP = '/tmp/stop-watching'
const headers = { authorization: `Bearer ${token}` }
const met = { segments: 0, missed: 0, absent: 0, failures: 0, longestWaitMs: 0 }

async function get(file) {
  const response = await fetch(`${stream}/${file}`, { headers, signal: AbortSignal.timeout(20_000) })
  const text = await response.text()
  if (response.status === 404) met.absent++
  if (!response.ok) throw new Error(`${response.status} ${file}: ${text}`)
  return text
}

async function watch() {
  let next
  let receivedAt = performance.now()
  while (!existsSync(STOP)) {
    try {
      const playlist = await get(next === undefined ? 'video.m3u8' : `video.m3u8?_HLS_msn=${next}`)
      const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(playlist)?.[1])
      const uris = [...playlist.matchAll(/^#EXTINF:.*\n(.+)$/gm)].map(([, uri]) => uri)
      next ??= first + uris.length - 1
      met.missed += Math.max(0, first - next)
      next = Math.max(first, next)
      for (const uri of uris.slice(next - first)) {
        await get(uri)
        next++
        met.segments++
        met.longestWaitMs = Math.max(met.longestWaitMs, Math.round(performance.now() - receivedAt))
        receivedAt = performance.now()
      }
    } catch {
      met.failures++
      await sleep(200)
    }
  }
}

await Promise.all(Array.from({ length: Number(count) }, watch))
console.log(JSON.stringify(met))
