import { type ChildProcess, spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'

/** Debian's registry, where this variable names it. */
export const { DOCKER_REGISTRY } = process.env

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** A docker-registry of its own, with its data in a folder that goes with it. */
export class DockerRegistry implements AsyncDisposable {
  readonly host: string
  readonly #process: ChildProcess
  readonly #folder: string

  /** @param options.notify URL that gets its events, with these headers. */
  static async start({
    notify,
    headers = {},
  }: {
    notify?: string
    headers?: Record<string, string>
  } = {}): Promise<DockerRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'registry-'))
    const port = await freePort()
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: `127.0.0.1:${port}`, secret: 'test' },
      ...(notify && {
        notifications: {
          endpoints: [{ name: 'watcher', url: notify, timeout: '1s', threshold: 5, backoff: '100ms', headers: lists }],
        },
      }),
    }
    // JSON is YAML.
    await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
    const child = spawn(`${DOCKER_REGISTRY}`, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
    const registry = new DockerRegistry(child, folder, `127.0.0.1:${port}`)
    await eventually(async () => (await fetch(`http://${registry.host}/v2/`)).ok)
    return registry
  }

  private constructor(process: ChildProcess, folder: string, host: string) {
    this.#process = process
    this.#folder = folder
    this.host = host
  }

  /** Pushes an image without layers whose config says `content`; returns its digest. */
  async push(repository: string, tag: string, content: string): Promise<string> {
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { content } } })
    const digest = `sha256:${hash('sha256', config, 'hex')}`
    const base = `http://${this.host}/v2/${repository}`
    const upload = await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
    const target = new URL(upload.headers.get('location') ?? '', base)
    target.searchParams.set('digest', digest)
    await accepted(await fetch(target, { method: 'PUT', body: config }))
    const descriptor = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      size: Buffer.byteLength(config),
      digest,
    }
    const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers: [] })
    const headers = { 'content-type': MANIFEST }
    await accepted(await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers, body }))
    return `sha256:${hash('sha256', body, 'hex')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#process, 'exit')
    this.#process.kill()
    await gone
    await rm(this.#folder, { recursive: true })
  }
}

async function accepted(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
}
