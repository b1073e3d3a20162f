declare module 'opossum' {
  /** The part of opossum 10 that we use; its own types end at version 8. */
  export default class CircuitBreaker<Args extends unknown[], Result> {
    constructor(
      action: (...args: Args) => Promise<Result>,
      options: {
        timeout: number | false
        volumeThreshold: number
        resetTimeout: number
        rollingPercentilesEnabled: boolean
        enableSnapshots: boolean
      },
    )
    fire(...args: Args): Promise<Result>
    open(): void
    close(): void
    shutdown(): void
  }
}
