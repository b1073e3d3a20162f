import { fileURLToPath } from 'node:url'
import { FINAL } from '@livepods/photo'
import { Database, type DatabaseOptions, databaseOptions } from '@livepods/sql'
import type { System, SystemOptions } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { PeerProcess } from './peer-process.ts'
import type { LoadOperations } from './pipeline/load/load-main.ts'
import { startSystem } from './start-system.ts'
import type { Bench } from './suite.ts'

const LOAD = fileURLToPath(new URL('./pipeline/load/load-main.ts', import.meta.url))

/** The group faces as it is measured: all its processes, its own private database, and the process that sends. */
export class Field {
  readonly system: System
  /** For looking, with few connections. */
  readonly database: Database
  readonly databaseOptions: DatabaseOptions & { database: string }
  readonly load: PeerProcess<LoadOperations>

  /** Everything ends with the stack. */
  static async start(stack: AsyncDisposableStack, bench: Bench, options: Partial<SystemOptions>): Promise<Field> {
    const system = await startSystem(stack, bench, { group: 'faces', ...options })
    const environment = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 3, ...system.database }
    const reach = databaseOptions(environment as unknown as Parameters<typeof databaseOptions>[0])
    const database = stack.use(new Database({ ...reach, statementWithinMs: 600_000 }))
    const load = stack.use(await PeerProcess.start<LoadOperations>({ command: process.execPath, args: [LOAD] }))
    return new Field(system, database, reach, load)
  }

  private constructor(
    system: System,
    database: Database,
    reach: DatabaseOptions & { database: string },
    load: PeerProcess<LoadOperations>,
  ) {
    this.system = system
    this.database = database
    this.databaseOptions = reach
    this.load = load
  }

  /** Of a listener, or of the statuses of a process ("receiver-ops"). */
  url(part: string): string {
    return `http://127.0.0.1:${this.system.port(part)}`
  }

  /** Ends these processes; disposing starts them again and waits until they are ready. */
  async without(names: readonly string[]): Promise<AsyncDisposable> {
    const processes = names.map((name) => this.system.process(name))
    for (const process of processes) {
      process.hold()
      process.kill('SIGTERM')
    }
    await eventually(() => {
      const left = processes.find(({ pid }) => pid !== undefined)
      if (left) throw new Error(`${left.name} does not end.`)
    })
    return {
      [Symbol.asyncDispose]: async () => {
        for (const process of processes) process.release()
        await this.system.ready()
      },
    }
  }

  /** Forgets all photos, and the messages that announce them. */
  async empty(): Promise<void> {
    await this.database.session(async (session) => {
      await session.change('SET FOREIGN_KEY_CHECKS = 0')
      for (const table of ['faces', 'images']) await session.change(`TRUNCATE TABLE ${table}`)
      await session.change('SET FOREIGN_KEY_CHECKS = 1')
    })
    // 404 before the first message.
    for (const queue of ['topic/empty?topic=images', 'channel/empty?topic=images&channel=ch'])
      await fetch(`${this.url('nsqd-http')}/${queue}`, { method: 'POST' })
  }

  /** Gives the receiver photos in one batch. */
  async post(paths: readonly string[]): Promise<void> {
    const response = await fetch(`${this.url('receiver')}/v1/images/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paths }),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`The receiver answers ${response.status}: ${text}`)
  }

  /** Resolves when no photo is left to do. */
  async allFinal(): Promise<void> {
    await eventually(
      async () => {
        const left = await this.pending()
        if (left > 0) throw new Error(`${left} photos do not become final.`)
      },
      { withinMs: 300_000 },
    )
  }

  /** Photos that are not final. While many are due an index says so: looking at all rows would burden what is measured. */
  async pending(): Promise<number> {
    return (await this.#count('wake_at IS NOT NULL')) || (await this.#count(`NOT (${FINAL})`))
  }

  async #count(condition: string): Promise<number> {
    const [row] = await this.database.rows<{ n: string }>(`SELECT COUNT(*) AS n FROM images WHERE ${condition}`)
    return Number(row?.n)
  }
}
