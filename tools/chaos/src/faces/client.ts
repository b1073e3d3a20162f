import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import { keepPace } from '../pace.ts'
import type { ClientOptions } from '../trial.ts'
import type { PhotoOperation, Request } from './evidence.ts'
import { type Answer, type Order, send } from './send.ts'

export interface PhotoClientOptions extends ClientOptions {
  /** http://host:port of the receiver, through its proxy. */
  receiver: string
  history: History
  /** Makes a photo; returns its path. */
  photograph: (label: string) => string
}

// Of 100 operations.
const SHARES: [Request, number][] = [
  ['post', 40],
  ['post-key', 35],
  ['batch', 8],
  ['original', 7],
  ['again', 7],
  ['reuse-key', 3],
]
const DECK = SHARES.flatMap(([f, share]) => Array.from({ length: share }, () => f))
const BATCH: [number, number] = [2, 10]
const GIVES_UP = 0.1
const RETRY_MS = 300

/** Sends photos one after the other, and sends again, by the same key and path, what nobody knows the end of. */
export class Client {
  readonly #options: PhotoClientOptions
  readonly #accepted: Order[] = []
  #count = 0

  constructor(options: PhotoClientOptions) {
    this.#options = options
  }

  /** Until `stopping`; what is open then is still tried until `givenUp`. */
  async run(): Promise<void> {
    await keepPace(this.#options, () => this.#order(this.#next()))
  }

  #next(): Order {
    const { random } = this.#options
    const f = random.pick(DECK)
    const earlier = this.#accepted.length > 0 ? random.pick(this.#accepted) : undefined
    if (f === 'again') return earlier ? { ...earlier, f } : this.#fresh('post')
    if (f === 'reuse-key') return earlier?.key ? { ...this.#fresh(f), key: earlier.key } : this.#fresh('post')
    return this.#fresh(f)
  }

  #fresh(f: Request): Order {
    const { number, random, photograph } = this.#options
    const paths = Array.from({ length: f === 'batch' ? random.between(...BATCH) : 1 }, () => {
      this.#count++
      return photograph(`client-${number}/${this.#count}`)
    })
    return { f, paths, ...(f === 'post-key' && { key: `key-${number}-${this.#count}` }) }
  }

  async #order(order: Order): Promise<void> {
    const { random, givenUp } = this.#options
    const gaveUp = random.next() < GIVES_UP
    for (;;) {
      const { type } = await this.#try(order)
      if (type === 'ok' && order.f !== 'batch' && order.f !== 'again') this.#accepted.push(order)
      if (type === 'ok' || order.f === 'reuse-key' || givenUp.aborted) return
      // Some never come back: what became of their photo may be either, but not both.
      if (type === 'info' && gaveUp) return
      await sleep(RETRY_MS * (0.5 + random.next()), undefined, { signal: givenUp }).catch(() => {})
    }
  }

  async #try(order: Order): Promise<Answer> {
    const { number: process, history, receiver, patienceMs } = this.#options
    const { f, paths, key } = order
    const value = { paths, ...(key !== undefined && { key }) }
    const add = (operation: Pick<PhotoOperation, 'type' | 'value'>) =>
      history.add({ t: Date.now(), process, f, ...operation }, paths.length)
    add({ type: 'invoke', value })
    const answer = await send(receiver, order, patienceMs)
    const { type, ...told } = answer
    add({ type, value: { ...value, ...told } })
    return answer
  }
}
