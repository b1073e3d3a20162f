/** What a test can make go wrong in a running broker. All off at first; each can be changed at any time. */
export class Faults {
  /** Publishes are stored but never acknowledged: no OK on TCP, no answer on HTTP. */
  dropAcks = false
  /** Every publish is stored twice, the second time under an id of its own: two consumers may have it at once. */
  duplicate = false
  /** Channels deliver their newest message first. */
  reorder = false
  /** With this sentence every subscription is refused, as by an nsqd that wants something else of its clients. */
  refuseSubscriptions: string | undefined
  /** Subscriptions that were refused with it. */
  refused = 0
  #stall = false
  #waiting: (() => void)[] = []
  readonly #effects: FaultEffects

  constructor(effects: FaultEffects) {
    this.#effects = effects
  }

  /** Connections are accepted, but nothing is read, answered or delivered until this is false again. */
  get stall(): boolean {
    return this.#stall
  }

  set stall(on: boolean) {
    if (on === this.#stall) return
    this.#stall = on
    this.#effects.stalled(on)
    if (on) return
    for (const goOn of this.#waiting.splice(0)) goOn()
  }

  /** As `kill -9` and a restart on the same ports: all connections are destroyed and everything is forgotten. */
  kill(): void {
    this.#effects.killed()
  }

  /** Resolves when the broker is not stalled. */
  async notStalled(): Promise<void> {
    while (this.#stall) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

/** How the broker carries the faults out. */
export interface FaultEffects {
  stalled(on: boolean): void
  killed(): void
}
