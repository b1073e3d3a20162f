import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FINAL } from '@livepods/photo'
import { Database, type DatabaseOptions, databaseOptions } from '@livepods/sql'
import { declarationsIn, ofGroup, System, type SystemOptions } from '@livepods/system'
import { eventually } from '@livepods/testing'
import type { Progress } from '../progress.ts'
import { Load } from './load/load.ts'

export interface FieldOptions extends Pick<SystemOptions, 'mains' | 'environments' | 'environment' | 'prepare'> {
  progress: Progress
  signal: AbortSignal
}

const LINES_KEPT = 20

/** The suite as it is measured: all its processes on free ports, its own private database, and the process that sends. */
export class Field implements AsyncDisposable {
  readonly system: System
  /** For looking, with few connections. */
  readonly database: Database
  readonly databaseOptions: DatabaseOptions & { database: string }
  readonly load: Load
  readonly #stack: AsyncDisposableStack

  static async start({ progress, signal, ...options }: FieldOptions): Promise<Field> {
    await using stack = new AsyncDisposableStack()
    const directory = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-bench-pipeline-')), (path) =>
      rmSync(path, { recursive: true, force: true }),
    )
    const lines: string[] = []
    const onLine = (name: string, line: string) => {
      lines.push(`${name}: ${line}`)
      if (lines.length > LINES_KEPT) lines.shift()
    }
    const announce = (sentence: string) => progress.say(sentence)
    try {
      const system = stack.use(
        await System.start({
          declarations: ofGroup('faces', await declarationsIn()),
          directory,
          usualPorts: false,
          onLine,
          announce,
          signal,
          ...options,
        }),
      )
      const environment = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 3, ...system.database }
      const reach = databaseOptions(environment as unknown as Parameters<typeof databaseOptions>[0])
      const database = stack.use(new Database({ ...reach, statementWithinMs: 600_000 }))
      const load = stack.use(await Load.start())
      return new Field({ system, database, databaseOptions: reach, load, stack: stack.move() })
    } catch (error) {
      throw new Error(`The suite does not start. It said last:\n${lines.join('\n')}`, { cause: error })
    }
  }

  private constructor(
    parts: Pick<Field, 'system' | 'database' | 'databaseOptions' | 'load'> & { stack: AsyncDisposableStack },
  ) {
    this.system = parts.system
    this.database = parts.database
    this.databaseOptions = parts.databaseOptions
    this.load = parts.load
    this.#stack = parts.stack
  }

  get receiverPort(): number {
    return this.system.port('receiver')
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
    const nsqd = `http://127.0.0.1:${this.system.port('nsqd-http')}`
    // 404 before the first message.
    for (const queue of ['topic/empty?topic=images', 'channel/empty?topic=images&channel=ch'])
      await fetch(`${nsqd}/${queue}`, { method: 'POST' })
  }

  /** Photos that are not final. While many are due an index says so: looking at all rows would burden what is measured. */
  async pending(): Promise<number> {
    return (await this.#count('wake_at IS NOT NULL')) || (await this.#count(`NOT (${FINAL})`))
  }

  async #count(condition: string): Promise<number> {
    const [row] = await this.database.rows<{ n: string }>(`SELECT COUNT(*) AS n FROM images WHERE ${condition}`)
    return Number(row?.n)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
