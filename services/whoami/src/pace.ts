import { setTimeout as sleep } from 'node:timers/promises'

/** What a body is made of. */
export type Parts = AsyncIterable<Buffer> | Iterable<Buffer>

const STEP_MS = 100

/**
 * The same bytes, not faster than `bytesPerSecond` for the first `forMs`; what is left then comes at once. Rejects when `gone` aborts.
 */
export async function* paced(
  parts: Parts,
  bytesPerSecond: number,
  forMs: number,
  gone: AbortSignal,
): AsyncGenerator<Buffer> {
  const begun = performance.now()
  const step = Math.max(1, Math.floor((bytesPerSecond * STEP_MS) / 1000))
  let sent = 0
  for await (const part of parts) {
    let at = 0
    while (at < part.length && performance.now() - begun < forMs) {
      const waitMs = (sent / bytesPerSecond) * 1000 - (performance.now() - begun)
      if (waitMs > 0) await sleep(Math.min(waitMs, forMs), undefined, { signal: gone })
      const piece = part.subarray(at, at + step)
      yield piece
      at += piece.length
      sent += piece.length
    }
    if (at < part.length) yield part.subarray(at)
  }
}
