import { type Client, makeClientConstructor } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'
import { call, connect } from './call.ts'

type Check = Parameters<typeof call<{ service: string }, { status: string }>>[1]

const HealthClient = makeClientConstructor(service as never, 'Health') as unknown as new (
  ...args: never[]
) => Client & { check: Check }

/** Asks grpc.health.v1 of one server, on a connection of its own. */
export class Health {
  readonly #client: Client & { check: Check }

  constructor(address: string) {
    this.#client = connect(HealthClient as never, address)
  }

  /** Resolves while the server says SERVING; rejects with CallFault or with what it says instead. */
  async check({ service = '', deadlineMs }: { service?: string; deadlineMs: number }): Promise<void> {
    const { status } = await call(this.#client, this.#client.check, { service }, { deadlineMs })
    if (status !== 'SERVING') throw new Error(`The server says ${status}.`)
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
}
