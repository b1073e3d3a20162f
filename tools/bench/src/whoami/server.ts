import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { type Usage, usageOf } from '../process-usage.ts'

/** How one of those that are compared is started on a port. */
export interface Kind {
  name: string
  command: string
  args: (port: number, folder: string) => readonly string[]
  environment?: (port: number) => Record<string, string>
  /** Its configuration, in a file of that folder. */
  file?: { name: string; text: (port: number) => string }
}

export const WHOAMI: Kind = {
  name: 'whoami',
  command: process.execPath,
  args: () => [fileURLToPath(new URL('../../../../services/whoami/src/main.ts', import.meta.url))],
  environment: (port) => ({
    HOST: '127.0.0.1',
    OPS_PORT: '0',
    WHOAMI_PORT_NUMBER: `${port}`,
    LOG_LEVEL: 'warn',
    DRAIN_SECONDS: '0',
  }),
}

export const BARE: Kind = {
  name: 'node:http',
  command: process.execPath,
  args: () => [fileURLToPath(new URL('./bare-main.ts', import.meta.url))],
  environment: (port) => ({ WHOAMI_PORT_NUMBER: `${port}` }),
}

const NGINX: Kind = {
  name: 'nginx',
  command: 'nginx',
  args: (_, folder) => ['-p', folder, '-c', 'nginx.conf', '-e', '/dev/null'],
  file: {
    name: 'nginx.conf',
    text: (port) => `daemon off; master_process off; pid nginx.pid; error_log /dev/null;
worker_rlimit_nofile 8192;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000; default_type text/plain;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port};
    location = /bench { return 200 "1"; }
    location = / { return 200 "Hostname: $hostname\\nRemoteAddr: $remote_addr:$remote_port\\n$request\\nHost: $host\\n"; }
  }
}`,
  },
}

/** All that can take part on this machine. */
export async function kinds(): Promise<Kind[]> {
  const original = process.env.WHOAMI
  const others: Kind[] = [
    NGINX,
    ...(original ? [{ name: 'traefik/whoami', command: original, args: (port: number) => ['-port', `${port}`] }] : []),
  ]
  const there = await Promise.all(others.map(async (kind) => ((await isInstalled(kind.command)) ? [kind] : [])))
  return [WHOAMI, BARE, ...there.flat()]
}

async function isInstalled(command: string): Promise<boolean> {
  const child = spawn(command, ['-h'], { stdio: 'ignore' })
  return await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]).catch(
    () => false,
  )
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
    const folder = await mkdtemp(join(tmpdir(), 'livepods-bench-whoami-'))
    if (kind.file) await writeFile(join(folder, kind.file.name), kind.file.text(port))
    const child = spawn(kind.command, kind.args(port, folder), {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled, ...kind.environment?.(port) },
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
