import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { findDatabaseProgram, findProgram } from './find-program.js'
import { DATABASE_MEGABYTES, requireSpace } from './requirement.js'
import { ending, type Started } from './started.ts'

const HOST = '127.0.0.1'
const USER = 'livepods'
const START_WITHIN_MS = 60_000

/** In the directory of a server, for people who look inside: mariadb --defaults-file=… */
export const DATABASE_OPTION_FILE = 'client.cnf'

export interface DatabaseServerOptions {
  /** Where data, socket and log lie; kept, and used again by the next start. */
  directory: string
  port: number
  /** mariadbd or mysqld; found on the machine when absent. */
  program?: string | undefined
  /** Further options of the server, such as --ssl-cert=FILE. */
  options?: readonly string[]
  /** Gives up waiting for the server, and kills it. */
  signal?: AbortSignal | undefined
}

/** A MariaDB or MySQL server of our own: loopback only, its own data, no root needed. */
export class DatabaseServer implements Started {
  readonly host = HOST
  readonly port: number
  readonly password: string
  readonly pid: number
  readonly exited: Promise<string>
  readonly #process: ChildProcess

  /** Creates the data on first use, starts the server and resolves when it accepts connections. */
  static async start({
    directory,
    port,
    program,
    options = [],
    signal,
  }: DatabaseServerOptions): Promise<DatabaseServer> {
    const server = program ?? findDatabaseProgram()
    if (!server) throw new Error('There is no MariaDB or MySQL server on this machine.')
    const root = resolve(directory)
    await mkdir(root, { recursive: true, mode: 0o700 })
    if (!existsSync(join(root, 'initialised'))) await initialise(server, root)
    const password = await readFile(join(root, 'password'), 'utf8')
    await writeFile(join(root, DATABASE_OPTION_FILE), clientOptions(port, password), { mode: 0o600 })
    const log = openSync(join(root, 'server.log'), 'a')
    const [command = '', ...args] = [...endingWithUs(), server, ...serverArguments(root, port), ...options]
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true })
    // It has its own copy; ours would keep a disk busy.
    closeSync(log)
    const started = new DatabaseServer(child, port, password)
    await started.#accepting(join(root, 'server.log'), signal)
    // A server alone does not keep its user alive.
    child.unref()
    return started
  }

  private constructor(child: ChildProcess, port: number, password: string) {
    this.#process = child
    this.pid = child.pid ?? 0
    this.exited = once(child, 'exit').then((end) => ending(end as [number | null, NodeJS.Signals | null]))
    this.port = port
    this.password = password
  }

  /** The variables that point the suite at this server. */
  get environment(): { MYSQL_CONNECTION: string; MYSQL_PORT: string; MYSQL_USERPASSWORD: string; MYSQL_TLS: string } {
    return {
      MYSQL_CONNECTION: this.host,
      MYSQL_PORT: String(this.port),
      MYSQL_USERPASSWORD: `${USER}:${this.password}`,
      // On loopback; whoever starts us may have set it for another server.
      MYSQL_TLS: 'off',
    }
  }

  async #accepting(logFile: string, signal: AbortSignal | undefined): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS
    for (;;) {
      const isGone = this.#process.exitCode !== null || this.#process.signalCode !== null
      if (isGone || signal?.aborted || performance.now() > deadline) {
        this.#process.kill('SIGKILL')
        await this.exited
        signal?.throwIfAborted()
        const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n')
        throw (
          fullDisk(lines, logFile) ??
          new Error(`The database server did not start; see the end of ${logFile}.\n${lines}`)
        )
      }
      try {
        const connection = await createConnection({ host: HOST, port: this.port, user: USER, password: this.password })
        await connection.end()
        return
      } catch {
        await sleep(50)
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.ref()
    this.#process.kill('SIGTERM')
    // One that was stopped hears of it when it goes on.
    this.#process.kill('SIGCONT')
    await this.exited
  }
}

/** One sentence in place of what a server says for each of its files when ENOSPC (28) meets it; undefined for any other text. */
function fullDisk(text: string, file: string): Error | undefined {
  if (!/\b(error|errno|code)\b\D{0,20}\b28\b|No space left on device/i.test(text)) return undefined
  return new Error(`The disk of ${file} is full: the database server did not start. Make room there.`)
}

async function initialise(server: string, root: string): Promise<void> {
  await requireSpace(root, { 'the database': DATABASE_MEGABYTES })
  await createData(server, root).catch((error: Error) => {
    throw fullDisk(error.message, root) ?? error
  })
  await writeFile(join(root, 'initialised'), '')
}

async function createData(server: string, root: string): Promise<void> {
  await rm(join(root, 'data'), { recursive: true, force: true })
  const password = randomBytes(18).toString('base64url')
  await writeFile(join(root, 'password'), password, { mode: 0o600 })
  await writeFile(join(root, 'accounts.sql'), accounts(password), { mode: 0o600 })
  const data = join(root, 'data')
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const installer = findDatabaseProgram(server, ['mariadb-install-db', 'mysql_install_db'])
  if ((await isMariaDb(server)) && installer) {
    const options = [
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      `--tmpdir=${root}`,
    ]
    await promisify(execFile)(installer, ['--no-defaults', ...asRoot, `--datadir=${data}`, ...options])
  } else {
    await mkdir(data)
    await chmod(data, 0o750)
    await promisify(execFile)(server, ['--no-defaults', '--initialize-insecure', ...asRoot, `--datadir=${data}`])
  }
}

/** Where util-linux is there: the server gets SIGTERM when this process is gone, however that happened (prctl(2), PR_SET_PDEATHSIG). */
function endingWithUs(): string[] {
  const setpriv = findProgram(['setpriv'])
  return setpriv ? [setpriv, '--pdeathsig', 'TERM'] : []
}

/** Only the account of this suite may come in over TCP. */
function accounts(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS '${USER}'@'${HOST}' IDENTIFIED BY '${password}'`,
    `GRANT ALL PRIVILEGES ON *.* TO '${USER}'@'${HOST}' WITH GRANT OPTION`,
    `DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1'`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}'`,
  ]
    .map((statement) => `${statement};\n`)
    .join('')
}

function clientOptions(port: number, password: string): string {
  return `[client]\nhost=${HOST}\nport=${port}\nuser=${USER}\npassword=${password}\n`
}

function serverArguments(root: string, port: number): string[] {
  return [
    '--no-defaults',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    `--datadir=${join(root, 'data')}`,
    `--socket=${join(root, 'socket')}`,
    `--pid-file=${join(root, 'pid')}`,
    `--init-file=${join(root, 'accounts.sql')}`,
    // Servers that share a folder for temporary tables meet each other's.
    `--tmpdir=${root}`,
    `--bind-address=${HOST}`,
    `--port=${port}`,
    `--secure-file-priv=${root}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=64M',
    '--performance-schema=OFF',
    '--max-connections=500',
    '--loose-mysqlx=OFF',
  ]
}

async function isMariaDb(server: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(server, ['--no-defaults', '--version'])
  return stdout.includes('MariaDB')
}
