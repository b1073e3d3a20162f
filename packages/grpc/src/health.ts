import { type Client, makeClientConstructor } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'
import { call } from './call.ts'
import { Connection } from './connection.ts'

type Check = Parameters<typeof call<{ service: string }, { status: string }>>[1]

const HealthClient = makeClientConstructor(service as never, 'Health') as unknown as new (
  ...args: never[]
) => Client & { check: Check }

/** Asks grpc.health.v1 of one server, on a connection of its own or on that of others. */
export class Health {
  readonly #connection: Connection
  readonly #client: Client & { check: Check }

  constructor(to: string | Connection) {
    this.#connection = typeof to === 'string' ? new Connection(to) : to
    this.#client = this.#connection.client(HealthClient as never)
  }

  /** Resolves while the server says SERVING; rejects with CallFault or with what it says instead. */
  async check({ service = '', deadlineMs }: { service?: string; deadlineMs: number }): Promise<void> {
    const { status } = await call(this.#client, this.#client.check, { service }, { deadlineMs })
    if (status !== 'SERVING') throw new Error(`The server says ${status}.`)
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}
