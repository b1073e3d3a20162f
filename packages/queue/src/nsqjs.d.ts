declare module 'nsqjs' {
  import type { EventEmitter } from 'node:events'

  /** The part of nsqjs 0.13 that we use; the types on npm are of 0.12. */
  export class Reader extends EventEmitter<{
    message: [message: Message]
    /** Subscribed. */
    nsqd_connected: [host: string, port: number]
    nsqd_closed: [host: string, port: number]
    error: [error: Error]
  }> {
    constructor(
      topic: string,
      channel: string,
      options: {
        lookupdHTTPAddresses: string[]
        maxInFlight: number
        /** Milliseconds; null: as nsqd has it. */
        messageTimeout: number | null
        /** Seconds. */
        heartbeatInterval: number
        /** Seconds without a byte, after which the connection is closed. */
        idleTimeout: number
        tls: boolean
        tlsVerification: boolean
        authSecret: string | null
      },
    )
    /** What a new connection takes. */
    readonly config: { ca: Buffer | null; cert: Buffer | null; key: Buffer | null }
    /** Connects unless a connection to this address is there or under way. */
    connectToNSQD(host: string, port: number): void
    pause(): void
    unpause(): void
    close(): void
  }

  export interface Message {
    readonly id: string
    readonly body: Buffer
    readonly attempts: number
    /** Milliseconds, as negotiated. */
    readonly msgTimeout: number
    readonly maxMsgTimeout: number
    finish(): void
    requeue(delayMs: number, backoff: boolean): void
    touch(): void
  }
}
