import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import type { ClientOptions } from '../trial.ts'
import type { LiveOperation, Watch } from './evidence.ts'
import { type Ways, WrongAnswerError } from './watcher.ts'
import { WATCHERS } from './watchers.ts'

export interface LiveClientOptions extends ClientOptions {
  ways: Omit<Ways, 'patienceMs'>
  history: History
}

const KINDS = ['check', 'flv', 'hls', 'dash'] as const satisfies readonly Watch[]
const RETRY_MS = 200

/** Watches, each client in one of the ways, until `stopping`, and then for one piece more. Resolves with whether that came before `givenUp`. */
export async function watch({
  number,
  ways,
  history,
  patienceMs,
  stopping,
  givenUp,
}: LiveClientOptions): Promise<boolean> {
  const f = KINDS[number % KINDS.length] as Watch
  using watcher = WATCHERS[f]({ ...ways, patienceMs })
  const add = (type: LiveOperation['type'], value: LiveOperation['value']) =>
    history.add({ t: Date.now(), process: number, type, f, value }, 1)
  while (!givenUp.aborted) {
    const isLast = stopping.aborted
    add('invoke', {})
    try {
      add('ok', await watcher.next())
      if (isLast) return true
    } catch (error) {
      const text = (error as Error).message
      if (error instanceof WrongAnswerError) add('fail', { wrong: error.code, text })
      else add('info', { text })
      await sleep(RETRY_MS)
    }
  }
  return false
}
