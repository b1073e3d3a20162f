import { setTimeout as sleep } from 'node:timers/promises'
import { type Latencies, latenciesOf } from './statistics.ts'

export interface Shape {
  /** So many senders, each with one request under way. */
  lanes: number
  forMs: number
  /** Absent: everyone sends as fast as answers come. */
  ratePerSecond?: number
  /** Ends it earlier: after so many. */
  atMost?: number
}

/** Sends a photo on a lane, or photos below the path; resolves with how many were accepted. What it rejects with counts as a failure. */
export type Send = (lane: number, path: string) => Promise<number>

export interface Driven extends Latencies {
  accepted: number
  failures: number
  /** What the first failure said. */
  fault?: string
  wallMs: number
  /** CPU time of this process. */
  cpuMs: number
}

let calls = 0

/**
 * Sends for `forMs`, paths that were never used before, and waits for the last answers. With a rate, a request whose lane was not free in
 * time counts from when it was due, so that a receiver that stalls cannot hide what it kept from being sent.
 */
export async function drive(shape: Shape, send: Send): Promise<Driven> {
  const { lanes, forMs, ratePerSecond, atMost = Number.POSITIVE_INFINITY } = shape
  const folder = `load-${calls++}`
  const latencies: number[] = []
  let accepted = 0
  let failures = 0
  let fault: string | undefined
  let next = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const lane = async (_: unknown, number: number) => {
    for (;;) {
      const n = next++
      const freeAt = performance.now()
      const dueAt = ratePerSecond === undefined ? freeAt : startedAt + (n * 1000) / ratePerSecond
      if (n >= atMost || dueAt - startedAt >= forMs) return
      if (dueAt > freeAt) await sleep(dueAt - freeAt)
      const from = dueAt > freeAt ? performance.now() : dueAt
      try {
        // Not `+= await`: that adds to what it was before.
        const more = await send(number, `${folder}/photo-${n}`)
        accepted += more
      } catch (error) {
        failures++
        fault ??= (error as Error).message
        // What fails at once shall not be tried a million times.
        await sleep(10)
      }
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return {
    accepted,
    failures,
    ...(fault !== undefined && { fault }),
    wallMs,
    cpuMs: (user + system) / 1000,
    ...latenciesOf(latencies),
  }
}
