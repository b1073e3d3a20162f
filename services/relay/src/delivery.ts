import { setTimeout as sleep } from 'node:timers/promises'
import { counter, type Log } from '@livepods/service'
import { SpoolError } from '@livepods/spool'
import { type DeadLetters, sha256Of, type Verdict } from './dead-letters.ts'
import type { NumberedMessage } from './record.ts'
import type { Outcome, Target } from './target.ts'

/** A message on its way, with its number in the spool. */
export interface Entry {
  number: number
  message: NumberedMessage
}

export interface DeliveryOptions {
  target: Pick<Target, 'send'>
  deadLetters: Pick<DeadLetters, 'add'>
  log: Log
}

const DISK_FULL_WAIT_MS = 1000

const results = counter({
  name: 'relay_results_total',
  help: 'Messages by what the sink said of them.',
  labels: ['result'],
})

/** Gives messages to the sink until each is taken, a dead letter with a tombstone in its place, or behind a gap of its stream. */
export class Delivery {
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Resolves with those behind a gap, in their order; `onOutcome` is told what became of the others. Rejects when the signal aborts. */
  async deliver(
    entries: readonly Entry[],
    signal: AbortSignal,
    onOutcome: (entry: Entry, outcome: Outcome) => void = () => {},
  ): Promise<Entry[]> {
    let rest = [...entries]
    while (rest.length > 0) {
      const outcomes = await this.#options.target.send(
        rest.map(({ message }) => message),
        signal,
      )
      const left: Entry[] = []
      const refused: { message: NumberedMessage; verdict: Verdict }[] = []
      for (const [index, entry] of rest.entries()) {
        const outcome = outcomes[index] as Outcome
        results.inc({ result: outcome.result })
        const { message, number } = entry
        if (outcome.result === 'expected') left.push(entry)
        else onOutcome(entry, outcome)
        // A tombstone that is refused: the number was used for another message, so nothing waits for it.
        if (outcome.result !== 'refused' || isTombstone(message)) continue
        refused.push({ message, verdict: outcome })
        left.push({ number, message: { ...message, content: { tombstone: sha256Of(message.content) } } })
      }
      if (refused.length === 0) return left
      await this.#bury(refused, signal)
      rest = left
    }
    return []
  }

  /** A verdict must not be lost, so on a full disk everything waits. */
  async #bury(refused: Parameters<DeadLetters['add']>[0], signal: AbortSignal): Promise<void> {
    const { deadLetters, log } = this.#options
    for (const { message, verdict } of refused)
      log.warn(
        { stream: message.stream, seq: message.seq, ...verdict },
        'the sink refused a message; it is a dead letter',
      )
    for (;;) {
      try {
        return await deadLetters.add(refused)
      } catch (error) {
        if (!(error instanceof SpoolError && error.code === 'DISK_FULL')) throw error
        log.warn({ err: error }, 'a dead letter waits for room')
      }
      await sleep(DISK_FULL_WAIT_MS, undefined, { signal })
    }
  }
}

function isTombstone({ content }: NumberedMessage): boolean {
  return typeof content === 'object' && !Buffer.isBuffer(content)
}
