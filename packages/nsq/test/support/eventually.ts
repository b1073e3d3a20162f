import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 5
const WITHIN_MS = 120_000

/** Resolves with the first truthy answer; fails when there is none within two minutes. */
export async function eventually<T>(what: string, poll: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const answer = await poll()
    if (answer) return answer
    if (performance.now() > deadline) throw new Error(`waited ${WITHIN_MS} ms in vain: ${what}`)
    await delay(POLL_MS)
  }
}
