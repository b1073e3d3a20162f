import { type Client, makeClientConstructor } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'
import { call } from './call.ts'
import { Connection } from './connection.ts'

type Check = Parameters<typeof call<{ service: string }, { status: string }>>[1]

const HealthClient = makeClientConstructor(service as never, 'Health') as unknown as new (
  ...args: never[]
) => Client & { check: Check }

/** The server answered that it, or the service that was asked for, does not serve. */
export class NotServingError extends Error {
  override readonly name = 'NotServingError'
  readonly code = 'NOT_SERVING'
  /** As grpc.health.v1 has it: NOT_SERVING, SERVICE_UNKNOWN or UNKNOWN. */
  readonly status: string

  constructor(status: string) {
    super(`The server says ${status}.`)
    this.status = status
  }
}

/** Asks grpc.health.v1 of one server, on a connection of its own or on that of others. */
export class Health {
  readonly #connection: Connection
  readonly #client: Client & { check: Check }

  constructor(to: string | Connection) {
    this.#connection = typeof to === 'string' ? new Connection(to) : to
    this.#client = this.#connection.client(HealthClient as never)
  }

  /** Resolves while the server says SERVING; rejects with CallError or NotServingError. */
  async check({ service = '', deadlineMs }: { service?: string; deadlineMs: number }): Promise<void> {
    const { status } = await call(this.#client, this.#client.check, { service }, { deadlineMs })
    if (status !== 'SERVING') throw new NotServingError(status)
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}
