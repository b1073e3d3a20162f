import { setTimeout as sleep } from 'node:timers/promises'

/** True as soon as all is final, false once nothing has become so for `patienceMs`: a slow machine is not something that is stuck. */
export async function allFinal(
  progress: () => Promise<{ all: number; final: number }>,
  patienceMs: number,
): Promise<boolean> {
  let most = 0
  for (let progressAt = performance.now(); performance.now() < progressAt + patienceMs; await sleep(100)) {
    const { all, final } = await progress().catch(() => ({ all: 1, final: 0 }))
    if (all === final) return true
    if (final > most) progressAt = performance.now()
    most = Math.max(most, final)
  }
  return false
}
