import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { freePort } from '@livepods/system'
import { eventually } from './eventually.ts'

/** Path of Debian's docker-registry, or undefined: then tests with a real one are skipped, and say so. */
export const DOCKER_REGISTRY: string | undefined = process.env.DOCKER_REGISTRY || undefined

export interface DockerRegistryOptions {
  /** Where it listens; the loopback address and any port unless given. */
  address?: string
  port?: number
  /** URL that gets its events, with these headers. */
  notify?: string
  headers?: Record<string, string>
}

/** What an image has beside the label that tells it from others. */
export interface ImageContent {
  /** What its containers run. */
  command?: string[]
  /** Each a tar. */
  layers?: Buffer[]
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

/** A docker-registry of its own, with its data in a folder that goes with it. */
export class DockerRegistry implements AsyncDisposable {
  /** With its port. */
  readonly host: string
  readonly #stack: AsyncDisposableStack

  static async start(program: string, options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
    const { address = '127.0.0.1', port = await freePort(), notify, headers = {} } = options
    const host = `${address}:${port}`
    const stack = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'livepods-registry-'))
    stack.defer(() => rm(folder, { recursive: true }))
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host, secret: 'test' },
      ...(notify && {
        notifications: {
          endpoints: [{ name: 'watcher', url: notify, timeout: '1s', threshold: 5, backoff: '100ms', headers: lists }],
        },
      }),
    }
    // JSON is YAML.
    await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
    const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
    stack.defer(async () => {
      const gone = once(child, 'exit')
      if (child.kill()) await gone
    })
    await once(child, 'spawn')
    await eventually(async () => (await fetch(`http://${host}/v2/`)).ok)
    return new DockerRegistry(host, stack)
  }

  private constructor(host: string, stack: AsyncDisposableStack) {
    this.host = host
    this.#stack = stack
  }

  /** Pushes an image that is labelled with `content`; returns its digest. */
  async push(
    repository: string,
    tag: string,
    content: string,
    { command = [], layers = [] }: ImageContent = {},
  ): Promise<string> {
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { content }, Cmd: command },
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
    }
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: await this.#upload(repository, CONFIG, Buffer.from(JSON.stringify(config))),
      layers: await Promise.all(layers.map((layer) => this.#upload(repository, LAYER, gzipSync(layer)))),
    }
    const body = JSON.stringify(manifest)
    const headers = { 'content-type': MANIFEST }
    await accepted(await fetch(`${this.#base(repository)}/manifests/${tag}`, { method: 'PUT', headers, body }))
    return digestOf(body)
  }

  /** Resolves with its descriptor. */
  async #upload(repository: string, mediaType: string, bytes: Buffer) {
    const digest = digestOf(bytes)
    const upload = await fetch(`${this.#base(repository)}/blobs/uploads/`, { method: 'POST' })
    const target = new URL(upload.headers.get('location') ?? '', this.#base(repository))
    target.searchParams.set('digest', digest)
    await accepted(await fetch(target, { method: 'PUT', body: Uint8Array.from(bytes) }))
    return { mediaType, size: bytes.length, digest }
  }

  #base(repository: string): string {
    return `http://${this.host}/v2/${repository}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

function digestOf(bytes: Buffer | string): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

async function accepted(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
}
