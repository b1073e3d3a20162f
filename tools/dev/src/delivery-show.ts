import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'

export interface DeliveryShowOptions {
  /** Milliseconds from one push to the next. */
  everyMs?: number
  /** Until pods are up, or are known not to come up. */
  upAfterMs?: number
}

/** What becomes of the pods of a digest. */
interface Build {
  comesUp: boolean
  decidedAtMs: number
}

const SECOND_MS = 1000

/**
 * An API server and a registry to look at, where an image-watcher has no real ones: images are pushed all the time, of which some do not
 * come up, and workloads wait for each thing that they may wait for.
 */
export class DeliveryShow implements AsyncDisposable {
  readonly #cluster: FakeCluster
  readonly #registry: FakeRegistry
  readonly #builds = new Map<string, Build>()
  readonly #upAfterMs: number
  readonly #folder: string
  readonly #timers: NodeJS.Timeout[] = []
  #pushes = 0

  static async start({
    everyMs = 10 * SECOND_MS,
    upAfterMs = 5 * SECOND_MS,
  }: DeliveryShowOptions = {}): Promise<DeliveryShow> {
    const [cluster, registry] = await Promise.all([FakeCluster.start(), FakeRegistry.start()])
    const folder = await mkdtemp(join(tmpdir(), 'livepods-delivery-'))
    const show = new DeliveryShow({ cluster, registry, folder, upAfterMs })
    await writeFile(show.#hostsFile, JSON.stringify({ [registry.host]: { plainHttp: true } }))
    show.#open()
    show.#timers.push(
      setInterval(() => show.#push(), everyMs),
      setInterval(() => cluster.settle(), Math.min(SECOND_MS, upAfterMs)),
    )
    return show
  }

  private constructor(parts: { cluster: FakeCluster; registry: FakeRegistry; folder: string; upAfterMs: number }) {
    this.#cluster = parts.cluster
    this.#registry = parts.registry
    this.#folder = parts.folder
    this.#upAfterMs = parts.upAfterMs
    this.#cluster.isGood = (images) => this.#isUp(images)
  }

  get #hostsFile(): string {
    return join(this.#folder, 'registries.json')
  }

  /** For the image-watcher that looks at it. */
  get environment(): Record<string, string> {
    return { KUBERNETES_URL: this.#cluster.url, REGISTRY_HOSTS_FILE: this.#hostsFile, NAMESPACES: 'default' }
  }

  #open(): void {
    const image = (name: string, tag = 'latest') => `${this.#registry.host}/shop/${name}:${tag}`
    for (const name of ['web', 'cart', 'search', 'node-agent', 'report', 'payments', 'catalog']) this.#build(name)
    for (const tag of ['1.4.0', '1.5.2', '2.0.0']) this.#registry.push('shop/blog', tag, tag)
    this.#cluster.add('web', { image: image('web') })
    this.#cluster.add('cart', { image: image('cart') })
    this.#cluster.add('search', { kind: 'StatefulSet', image: image('search') })
    this.#cluster.add('node-agent', { kind: 'DaemonSet', image: image('node-agent') })
    this.#cluster.add('report', { kind: 'CronJob', image: image('report') })
    this.#cluster.add('blog', {
      image: image('blog', '1.4.0'),
      annotations: { 'livepods.dev/policy': 'semver:^1' },
    })
    this.#cluster.add('payments', { image: image('payments'), annotations: { 'livepods.dev/approval': 'required' } })
    this.#cluster.add('catalog', { image: image('catalog'), annotations: { 'livepods.dev/cool-down': '24h' } })
  }

  /** One after the other; every second image of the cart is broken. */
  #push(): void {
    this.#pushes++
    const names = ['cart', 'web', 'search', 'payments', 'node-agent']
    const name = names[(this.#pushes - 1) % names.length] as string
    this.#build(name, name !== 'cart' || this.#pushes % 2 === 0)
  }

  #build(name: string, comesUp = true): void {
    const digest = this.#registry.push(`shop/${name}`, 'latest', `${name} ${this.#pushes}`)
    this.#builds.set(digest, { comesUp, decidedAtMs: Number.POSITIVE_INFINITY })
  }

  /** It begins when its pods are made, which is when they are asked for. */
  #isUp(images: string): boolean | undefined {
    const [, digest = ''] = images.split('@')
    const build = this.#builds.get(digest)
    if (!build) return true
    if (build.decidedAtMs === Number.POSITIVE_INFINITY) build.decidedAtMs = performance.now() + this.#upAfterMs
    return performance.now() < build.decidedAtMs ? undefined : build.comesUp
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#registry[Symbol.asyncDispose]()
    await this.#cluster[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
