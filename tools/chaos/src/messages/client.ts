import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import { keepPace } from '../pace.ts'
import type { ClientOptions } from '../trial.ts'
import type { MessageOperation, Request, Sent } from './evidence.ts'
import { type Answer, type Order, send, type Ways } from './send.ts'

export interface MessageClientOptions extends ClientOptions {
  ways: Ways
  history: History
}

// Of 100 operations of a client that numbers its messages, and of one that does not.
const NUMBERED = deck([
  ['batch', 95],
  ['conflict', 5],
])
const UNNUMBERED = deck([
  ['post', 75],
  ['php', 15],
  ['again', 10],
])
const BATCH = [1, 20] as const
const GIVES_UP = 0.1
const RETRY_MS = 300

/**
 * Sends one request after the other, and again what nobody knows the end of. Every third client numbers its messages, as a sender does, and
 * goes through any relay.
 */
export class Client {
  readonly #options: MessageClientOptions
  readonly #stream: string
  readonly #deck: readonly Request[]
  readonly #accepted: Order[] = []
  /** Numbers that were given, and bodies that were made. */
  #seq = 0
  #bodies = 0

  constructor(options: MessageClientOptions) {
    this.#options = options
    this.#stream = `client-${options.number}~${randomUUID()}`
    this.#deck = options.number % 3 === 0 ? NUMBERED : UNNUMBERED
  }

  /** Until `stopping`; what is open then is still tried until `givenUp`. */
  async run(): Promise<void> {
    await keepPace(this.#options, () => this.#order(this.#next()))
  }

  #next(): Order {
    const { random } = this.#options
    const f = random.pick(this.#deck)
    const earlier = this.#accepted.length > 0 ? random.pick(this.#accepted) : undefined
    if (f === 'again') return earlier ? { ...earlier, f } : this.#keyed('post')
    if (f === 'conflict') return earlier?.messages[0] ? this.#conflict(earlier.messages[0]) : this.#batch()
    return f === 'batch' ? this.#batch() : this.#keyed(f)
  }

  #batch(): Order {
    const length = this.#options.random.between(...BATCH)
    const messages = Array.from({ length }, () => ({ stream: this.#stream, seq: ++this.#seq, body: this.#body() }))
    return { f: 'batch', messages }
  }

  #conflict(earlier: Sent): Order {
    return { f: 'conflict', messages: [{ ...earlier, body: this.#body() }] }
  }

  #keyed(f: Request): Order {
    const body = this.#body()
    return { f, messages: [{ body }], key: body }
  }

  #body(): string {
    return `client ${this.#options.number} message ${++this.#bodies}`
  }

  async #order(order: Order): Promise<void> {
    const { random, givenUp } = this.#options
    // Some never come back: what became of their message may be either, but not both. Behind a number that is given up there is no more.
    const givesUp = order.key !== undefined && random.next() < GIVES_UP
    for (;;) {
      const { type } = await this.#try(order)
      if (type === 'ok' && (order.f === 'batch' || order.f === 'post')) this.#accepted.push(order)
      if (type !== 'info' || givesUp || givenUp.aborted) return
      await sleep(RETRY_MS * (0.5 + random.next()), undefined, { signal: givenUp }).catch(() => {})
    }
  }

  async #try(order: Order): Promise<Answer> {
    const { number: process, history, ways, patienceMs } = this.#options
    const { f, ...value } = order
    const add = (operation: Pick<MessageOperation, 'type' | 'value'>) =>
      history.add({ t: Date.now(), process, f, ...operation }, value.messages.length)
    add({ type: 'invoke', value })
    const answer = await send(order, ways, patienceMs)
    const { type, ...told } = answer
    add({ type, value: { ...value, ...told } })
    return answer
  }
}

function deck(shares: readonly (readonly [Request, number])[]): Request[] {
  return shares.flatMap(([f, share]) => Array.from({ length: share }, () => f))
}
