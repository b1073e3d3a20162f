import { fileURLToPath } from 'node:url'
import type { DatabaseOptions } from '@livepods/sql'
import { PeerProcess } from '../../peer-process.ts'
import type { Driven } from './drive.ts'
import type { LoadRequest } from './load-main.ts'

const MAIN = fileURLToPath(new URL('./load-main.ts', import.meta.url))

export interface Shape {
  /** Connections, each with one request under way. */
  lanes: number
  forMs: number
  /** Absent: as fast as answers come. */
  ratePerSecond?: number
  /** Ends it earlier: after so many requests. */
  atMost?: number
}

/** Times from the 202 to the final state. */
export interface Finals extends Driven {
  finals: number
  finalP50Ms: number
  finalP99Ms: number
  finalLongestMs: number
}

/** The process that sends. Every call uses paths that were never used before. */
export class Load implements AsyncDisposable {
  readonly #process: PeerProcess
  #calls = 0

  static async start(): Promise<Load> {
    return new Load(await PeerProcess.start({ command: process.execPath, args: [MAIN], env: {} }))
  }

  private constructor(process: PeerProcess) {
    this.#process = process
  }

  async posts(port: number, shape: Shape): Promise<Driven> {
    return await this.#ask({ op: 'posts', port, prefix: this.#prefix(), ...shape })
  }

  async batches(port: number, { paths, ...shape }: Shape & { paths: number }): Promise<Driven> {
    return await this.#ask({ op: 'batches', port, paths, prefix: this.#prefix(), ...shape })
  }

  /** Plain single-row INSERTs of the same rows. */
  async inserts(database: DatabaseOptions, shape: Shape): Promise<Driven> {
    return await this.#ask({ op: 'inserts', database, prefix: this.#prefix(), ...shape })
  }

  /** Single posts, watched until their photos are final; with `oneByOne` a lane posts its next photo when its last one is. */
  async finals(port: number, database: DatabaseOptions, shape: Shape & { oneByOne?: boolean }): Promise<Finals> {
    return await this.#ask({ op: 'finals', port, database, prefix: this.#prefix(), ...shape })
  }

  #prefix(): string {
    return `load-${this.#calls++}`
  }

  async #ask<Answer>(request: LoadRequest): Promise<Answer> {
    return await this.#process.ask<Answer>(request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}
