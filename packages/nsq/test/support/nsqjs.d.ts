// nsqjs has no types of its own, and those of @types/nsqjs are for 0.12: this is what the tests use of it.
declare module 'nsqjs' {
  import type { EventEmitter } from 'node:events'

  type Stored = (error?: Error | null) => void

  export class Writer extends EventEmitter {
    constructor(host: string, port: number, options?: Record<string, unknown>)
    connect(): void
    publish(topic: string, messages: string | Buffer | string[], stored: Stored): void
    deferPublish(topic: string, messages: string[], delayMs: number, stored: Stored): void
    close(): void
  }

  export class Reader extends EventEmitter {
    constructor(topic: string, channel: string, options: Record<string, unknown>)
    connect(): void
    pause(): void
    unpause(): void
    close(): void
  }

  export interface Message {
    id: string
    body: Buffer
    attempts: number
    finish(): void
    requeue(delayMs?: number, backoff?: boolean): void
    touch(): void
  }
}
