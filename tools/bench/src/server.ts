import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { type Usage, usageOf } from './process-usage.ts'

/** How one of those that are compared is started on a port, with a folder of its own. */
export interface Kind {
  name: string
  command: string
  args: (port: number, folder: string) => readonly string[]
  environment?: (port: number, folder: string) => Record<string, string>
  /** Its configuration, in a file of that folder. */
  file?: { name: string; text: (port: number) => string }
}

/** One of them as a process. */
export class Server implements AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly #child: ChildProcess
  readonly #folder: string

  /** Resolves when it takes connections. @param compiled folder of what Node has compiled, as an image has it */
  static async start(kind: Kind, compiled: string): Promise<Server> {
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), 'livepods-bench-server-'))
    if (kind.file) await writeFile(join(folder, kind.file.name), kind.file.text(port))
    const child = spawn(kind.command, kind.args(port, folder), {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled, ...kind.environment?.(port, folder) },
    })
    const server = new Server(kind.name, port, child, folder)
    await eventually(async () => await server.#knock(), { everyMs: 5 })
    return server
  }

  private constructor(name: string, port: number, child: ChildProcess, folder: string) {
    this.name = name
    this.port = port
    this.#child = child
    this.#folder = folder
  }

  get usage(): Usage {
    const usage = usageOf(this.#child.pid)
    if (!usage) throw new Error(`${this.name} has ended (${this.#child.exitCode ?? this.#child.signalCode}).`)
    return usage
  }

  async #knock(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1')
    await once(socket, 'connect').finally(() => socket.destroy())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}
