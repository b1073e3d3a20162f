// Watches the event loop of a service that is loaded with `node --import`: at each SIGUSR2 writes a line with what was since the last one.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const EVERY_MS = 1

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: EVERY_MS })
  const milliseconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - EVERY_MS)
  delay.enable()
  process.on('SIGUSR2', () => {
    const lag = { p99Ms: milliseconds(delay.percentile(99)), longestMs: milliseconds(delay.max) }
    delay.reset()
    process.stdout.write(`${JSON.stringify({ lag })}\n`)
  })
}
