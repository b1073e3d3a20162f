import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Database, databaseOptions } from '@livepods/sql'
import { freePort, System, type SystemOptions } from '@livepods/system'
import { STUB_RECOGNISER } from '@livepods/testing'
import { Edges } from './edges.ts'
import type { Profile } from './profile.ts'
import { PROCESSES } from './schedule.ts'
import { SmallDisk } from './small-disk.ts'

export interface SubjectOptions {
  directory: string
  profile: Profile
  /** Over what the profile says, for single processes. */
  environments?: Record<string, Record<string, string>>
  /** MYSQL_… of a server that is there; then the database itself is not tormented. */
  database?: Record<string, string>
  onLine: NonNullable<SystemOptions['onLine']>
  announce: (sentence: string) => void
  signal?: AbortSignal | undefined
}

/** What is put to the test: a whole system with a proxy on each edge, a stub that recognises, and a small disk. */
export class Subject implements AsyncDisposable {
  readonly system: System
  readonly edges: Edges
  /** Its own way into the database, around the proxies. */
  readonly database: Database
  readonly disk: SmallDisk | undefined
  readonly #stubControl: string
  readonly #stack: AsyncDisposableStack

  static async start({ directory, profile, environments = {}, ...options }: SubjectOptions): Promise<Subject> {
    await using stack = new AsyncDisposableStack()
    const folder = resolve(directory, 'system')
    await mkdir(folder, { recursive: true })
    const edges = stack.use(new Edges())
    const controlPort = await freePort()
    const disk = options.database
      ? undefined
      : await SmallDisk.mount(join(folder, 'database'), profile.diskMegabytes, options.announce)
    if (disk) stack.use(disk)
    const own: Record<string, Record<string, string>> = {
      'face-recognition': { STUB_CONTROL_PORT: `${controlPort}`, STUB_LATENCY_MS: '20' },
      ...environments,
      'image-processor': { ...profile.processor, ...environments['image-processor'] },
      'image-processor-2': { ...profile.processor, ...environments['image-processor-2'] },
    }
    const system = stack.use(
      await System.start({
        ...options,
        directory: folder,
        usualPorts: false,
        processors: 2,
        mains: { 'face-recognition': STUB_RECOGNISER },
        edge: edges.edge,
        environments: withSmallHeaps(own),
      }),
    )
    const settings = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 4, ...system.database }
    const database = stack.use(new Database(databaseOptions(settings as never)))
    return new Subject({ system, edges, disk, database, stubControl: `http://127.0.0.1:${controlPort}/` }, stack.move())
  }

  private constructor(
    parts: Pick<Subject, 'system' | 'edges' | 'disk' | 'database'> & { stubControl: string },
    stack: AsyncDisposableStack,
  ) {
    this.system = parts.system
    this.edges = parts.edges
    this.disk = parts.disk
    this.database = parts.database
    this.#stubControl = parts.stubControl
    this.#stack = stack
  }

  /** How the stub recogniser behaves from now on; one that is down or stopped is told in vain. */
  async faces(behaviour: { latencyMs?: number; failures?: number }): Promise<void> {
    const signal = AbortSignal.timeout(1000)
    await fetch(this.#stubControl, { method: 'PUT', body: JSON.stringify(behaviour), signal }).catch(() => {})
  }

  /** http://host:port at which clients find a service, also after it was replaced. */
  async address(service: 'receiver' | 'frontend'): Promise<string> {
    return `http://127.0.0.1:${(await this.edges.proxy(`clients→${service}`)).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/**
 * The heap that a container would give: a process that grows without end is then ended by it (I9), and one whose garbage only waits, as it
 * does for minutes where there is much memory, is not mistaken for that (I10).
 */
function withSmallHeaps(environments: Record<string, Record<string, string>>): Record<string, Record<string, string>> {
  const services = PROCESSES.filter((name) => name !== 'database')
  return Object.fromEntries(
    services.map((name) => {
      const { NODE_OPTIONS: more = '', ...own } = environments[name] ?? {}
      return [name, { ...own, NODE_OPTIONS: `--max-old-space-size=96 ${more}`.trim() }]
    }),
  )
}
