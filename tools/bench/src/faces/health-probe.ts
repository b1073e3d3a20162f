// Asks a service for its health again and again, and says how many milliseconds each answer took; a thread of its own, since the one that sends
// pictures is late itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Health } from '@livepods/grpc'

export interface HealthProbe {
  address: string
  checks: number
  everyMs: number
}

const { address, checks, everyMs } = workerData as HealthProbe
using health = new Health(address)
const times: number[] = []
// The first one connects.
for (let check = -1; check < checks; check++) {
  const begun = performance.now()
  await health.check({ deadlineMs: 60_000 })
  if (check >= 0) times.push(performance.now() - begun)
  await sleep(everyMs)
}
parentPort?.postMessage(times)
