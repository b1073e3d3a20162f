import type { Log } from '@livepods/service'
import type { Claim } from './claim.ts'

interface Renews {
  renew(claim: Claim): Promise<boolean>
}

/** Keeps a claim alive, renewing it at a third of its time, until it is disposed; `lost` aborts when somebody else has the photo. */
export class Lease implements Disposable {
  readonly #photoStore: Renews
  readonly #claim: Claim
  readonly #leaseMs: number
  readonly #log: Log
  readonly #lost = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor({ photoStore, claim, leaseMs, log }: { photoStore: Renews; claim: Claim; leaseMs: number; log: Log }) {
    this.#photoStore = photoStore
    this.#claim = claim
    this.#leaseMs = leaseMs
    this.#log = log
    this.#schedule()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  #schedule(): void {
    if (!this.#ended) this.#timer = setTimeout(() => void this.#renew(), this.#leaseMs / 3)
  }

  async #renew(): Promise<void> {
    try {
      const ours = await this.#photoStore.renew(this.#claim)
      if (this.#ended || ours) return this.#schedule()
      this.#lost.abort(new Error('The lease is lost.'))
    } catch (error) {
      // Two more tries fit into the lease; when all fail, the token decides whose result counts.
      this.#log.warn({ err: error, imageId: this.#claim.id }, 'lease not renewed')
      this.#schedule()
    }
  }

  [Symbol.dispose](): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }
}
