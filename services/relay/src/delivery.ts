import { setTimeout as sleep } from 'node:timers/promises'
import { RESULTS } from '@livepods/messages'
import { counter, type Log } from '@livepods/service'
import { SpoolError } from '@livepods/spool'
import { type DeadLetters, sha256Of, type Verdict } from './dead-letters.ts'
import type { NumberedMessage } from './record.ts'
import type { Outcome, Target } from './target.ts'

/** A message on its way, with its number in the spool. */
export interface Entry {
  number: number
  message: NumberedMessage
  /** It was delivered once, and the sink may have lost it. */
  isAgain?: boolean
}

/** A message that the sink does not take now. */
export interface StuckEntry extends Entry {
  /** What its stream needs first; absent where that is not the reason. */
  expected?: number
}

export interface DeliveryOptions {
  target: Pick<Target, 'send'>
  deadLetters: Pick<DeadLetters, 'add'>
  log: Log
}

const DISK_FULL_WAIT_MS = 1000
/** 422: the number belongs to another message. 410: nobody knows any more to which. */
const USED_NUMBER = [410, 422]

const results = counter({
  name: 'relay_results_total',
  help: 'Messages by what the sink said of them.',
  labels: ['result'],
  values: RESULTS,
})

/** Gives messages to the sink until each is taken, a dead letter with a tombstone in its place, or behind a gap of its stream. */
export class Delivery {
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Resolves with those that are stuck, in their order; `onOutcome` is told what became of the others. Rejects when the signal aborts. */
  async deliver(
    entries: readonly Entry[],
    signal: AbortSignal,
    onOutcome: (entry: Entry, outcome: Outcome) => void = () => {},
  ): Promise<StuckEntry[]> {
    let rest = [...entries]
    while (rest.length > 0) {
      const outcomes = await this.#options.target.send(
        rest.map(({ message }) => message),
        signal,
      )
      const left: StuckEntry[] = []
      const refused: { message: NumberedMessage; verdict: Verdict }[] = []
      for (const [index, entry] of rest.entries()) {
        const outcome = outcomes[index] as Outcome
        results.inc({ result: outcome.result })
        const { message } = entry
        if (outcome.result === 'expected') left.push({ ...entry, expected: outcome.seq })
        else onOutcome(entry, outcome)
        if (outcome.result !== 'refused') continue
        const isUsed = USED_NUMBER.includes(outcome.status)
        // It was taken, so long ago that the sink does not know it any more.
        if (entry.isAgain && outcome.status === 410) continue
        if (!isTombstone(message)) {
          refused.push({ message, verdict: outcome })
          left.push({ ...entry, message: { ...message, content: { tombstone: sha256Of(message.content) } } })
        } else if (!isUsed) left.push(this.#refusedTombstone(entry, outcome))
        // Else the number was used for another message, so nothing waits for the tombstone.
      }
      if (refused.length === 0) return left
      await this.#bury(refused, signal)
      rest = left
    }
    return []
  }

  /** Nothing can be wrong with the few bytes of a tombstone, and without it the stream would lack its number for ever: it waits. */
  #refusedTombstone(entry: Entry, { status, detail }: Verdict): Entry {
    const { stream, seq } = entry.message
    this.#options.log.warn({ stream, seq, status, detail }, 'the sink refuses a tombstone; its stream waits')
    return entry
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
