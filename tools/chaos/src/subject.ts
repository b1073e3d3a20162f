import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { uploadPath } from '@livepods/images'
import { Database, databaseOptions } from '@livepods/sql'
import { declarationsIn, freePort, ofGroup, System, type SystemOptions } from '@livepods/system'
import { stubPeople } from '@livepods/testing'
import { Edges } from './edges.ts'
import { ObjectStore } from './object-store.ts'
import { pictureOf } from './picture.ts'
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

const ENGINE = new URL('stub-engine-hook.ts', import.meta.url)

/** What is put to the test: a whole system with a proxy on each edge, a stub for an engine, pictures in S3, and a small disk. */
export class Subject implements AsyncDisposable {
  readonly system: System
  readonly edges: Edges
  /** Its own way into the database, around the proxies. */
  readonly database: Database
  readonly disk: SmallDisk | undefined
  readonly objects: ObjectStore
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
    const objects = stack.use(await ObjectStore.listen())
    for (const person of stubPeople) objects.put(`known_people/${person}/1.jpg`, pictureOf(`known ${person}`))
    const engine = { STUB_CONTROL_PORT: `${controlPort}`, STUB_LATENCY_MS: '20', ...environments['face-recognition'] }
    const own: Record<string, Record<string, string>> = {
      ...environments,
      'face-recognition': {
        ...engine,
        ...objects.environment,
        NODE_OPTIONS: `--import=${ENGINE.href} ${environments['face-recognition']?.NODE_OPTIONS ?? ''}`,
      },
      receiver: { ...objects.environment, ...environments.receiver },
      frontend: { ...objects.environment, ...environments.frontend },
      'image-processor': { ...profile.processor, ...environments['image-processor'] },
      'image-processor-2': { ...profile.processor, ...environments['image-processor-2'] },
    }
    const system = stack.use(
      await System.start({
        ...options,
        declarations: ofGroup('faces', await declarationsIn()),
        directory: folder,
        usualPorts: false,
        copies: { 'image-processor': 2 },
        edge: edges.edge,
        environments: withSmallHeaps(own),
      }),
    )
    const settings = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 4, ...system.database }
    const database = stack.use(new Database(databaseOptions(settings as never)))
    const stubControl = `http://127.0.0.1:${controlPort}/`
    return new Subject({ system, edges, disk, database, objects, stubControl }, stack.move())
  }

  private constructor(
    parts: Pick<Subject, 'system' | 'edges' | 'disk' | 'database' | 'objects'> & { stubControl: string },
    stack: AsyncDisposableStack,
  ) {
    this.system = parts.system
    this.edges = parts.edges
    this.disk = parts.disk
    this.objects = parts.objects
    this.database = parts.database
    this.#stubControl = parts.stubControl
    this.#stack = stack
  }

  /** Puts a photo of its own into the store, as another program would, named as an upload is; returns its path. */
  photograph(label: string): string {
    const bytes = pictureOf(label)
    const path = uploadPath(createHash('sha256').update(bytes).digest('hex'), 'jpeg')
    this.objects.put(`unknown_people/${path}`, bytes)
    return path
  }

  /** How the stub engine behaves from now on; one that is down or stopped is told in vain. */
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
