import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, as JSON has them
type Json = Record<string, any>

export interface WorkloadOptions {
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob'
  namespace?: string
  image: string
  annotations?: Record<string, string>
  replicas?: number
  pullSecret?: string
  serviceAccount?: string
  /** Further containers, by name. */
  sidecars?: Record<string, string>
  /** Who creates it. */
  manager?: string
  spec?: Json
}

const PLURALS: Record<string, string> = {
  Deployment: 'apps/v1/deployments',
  StatefulSet: 'apps/v1/statefulsets',
  DaemonSet: 'apps/v1/daemonsets',
  CronJob: 'batch/v1/cronjobs',
  Lease: 'coordination.k8s.io/v1/leases',
  Pod: 'v1/pods',
}
const CONTROLLED = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']
const WATCHED = 'livepods.dev/watch'
/** As often as an API server does. */
const BOOKMARK_MS = 60_000

/** Answers a request itself, or leaves it to the API server by returning false. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * An API server with controllers, as far as image-watcher sees them: pages, watches, versions, who manages an image, roles by verb. What a
 * controller makes of an image `isGood` says.
 */
export class FakeCluster implements AsyncDisposable {
  readonly requests: { method: string; url: string; body: Json | undefined }[] = []
  readonly events: Json[] = []
  readonly #objects = new Map<string, Json>()
  readonly #patches: string[] = []
  readonly #watches = new Set<{ prefix: string; response: ServerResponse; takesBookmarks: boolean }>()
  readonly #bookmarks = setInterval(() => this.bookmark(), BOOKMARK_MS).unref()
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #version = 1000
  /** Versions before this one are forgotten. */
  #compacted = 0
  #log: { version: number; line: string; path: string }[] = []
  fault: Fault = () => false
  /** Whether pods with this image come up; undefined: they are still about to. */
  isGood: (image: string) => boolean | undefined = () => true
  /** Whether somebody may do it: verb, resource. */
  allows: (verb: string, resource: string) => boolean = () => true
  clockOffsetMs = 0

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster()
    cluster.#server.listen(0, '127.0.0.1')
    await once(cluster.#server, 'listening')
    return cluster
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get watches(): number {
    return this.#watches.size
  }

  /** What there is, for looking at. */
  get(kind: string, name: string, namespace = 'default'): Json {
    const object = this.find(kind, name, namespace)
    if (!object) throw new Error(`There is no ${kind} ${name}.`)
    return object
  }

  find(kind: string, name: string, namespace = 'default'): Json | undefined {
    return this.#objects.get(`${listOf(kind, namespace)}/${name}`)
  }

  imageOf(kind: string, name: string, namespace = 'default'): string {
    return podSpec(this.get(kind, name, namespace)).containers[0].image
  }

  stateOf(kind: string, name: string, container = 'main'): Json | undefined {
    const text = this.get(kind, name).metadata.annotations['livepods.dev/state']
    return text === undefined ? undefined : JSON.parse(text)[container]
  }

  /** Times that an image of it was changed by a patch. */
  patches(name: string): number {
    return this.#patches.filter((patched) => patched === name).length
  }

  add(name: string, options: WorkloadOptions): void {
    const {
      kind = 'Deployment',
      namespace = 'default',
      image,
      annotations = {},
      replicas = 1,
      pullSecret,
      serviceAccount,
      sidecars = {},
    } = options
    const containers = Object.entries({ main: image, ...sidecars }).map(([name, image]) => ({ name, image }))
    const pod = {
      containers,
      ...(pullSecret && { imagePullSecrets: [{ name: pullSecret }] }),
      ...(serviceAccount && { serviceAccountName: serviceAccount }),
    }
    const labels = { app: name }
    const template = { metadata: { labels }, spec: pod }
    const spec =
      kind === 'CronJob'
        ? { jobTemplate: { spec: { template } } }
        : { ...(kind !== 'DaemonSet' && { replicas }), selector: { matchLabels: labels }, template, ...options.spec }
    const metadata = {
      name,
      namespace,
      uid: randomUUID(),
      generation: 1,
      annotations: { [WATCHED]: 'true', ...annotations },
    }
    const object: Json = { kind, metadata, spec, status: {} }
    own(object, options.manager ?? 'kubectl-client-side-apply', 'Update')
    this.#save(`${listOf(kind, namespace)}/${name}`, object, 'ADDED')
  }

  remove(kind: string, name: string, namespace = 'default'): void {
    const path = `${listOf(kind, namespace)}/${name}`
    const object = this.get(kind, name, namespace)
    this.#objects.delete(path)
    object.metadata.resourceVersion = `${++this.#version}`
    this.#tell(path, 'DELETED', object)
  }

  /** Sets the image as somebody else would. */
  set(kind: string, name: string, image: string, manager: string, operation = 'Update'): void {
    const object = structuredClone(this.get(kind, name))
    podSpec(object).containers[0].image = image
    own(object, manager, operation)
    this.#changed(`${listOf(kind, 'default')}/${name}`, object)
  }

  annotate(kind: string, name: string, annotations: Record<string, string | null>): void {
    const object = structuredClone(this.get(kind, name))
    merge(object.metadata.annotations, annotations)
    this.#changed(`${listOf(kind, 'default')}/${name}`, object)
  }

  /** As kubectl does it: the template of the former time, and its annotations, too. */
  rolloutUndo(kind: string, name: string, former: Json): void {
    const object = structuredClone(this.get(kind, name))
    object.spec.template = structuredClone(former.spec.template)
    object.metadata.annotations = structuredClone(former.metadata.annotations)
    own(object, 'kubectl', 'Update')
    this.#changed(`${listOf(kind, 'default')}/${name}`, object)
  }

  addServiceAccount(name: string, pullSecrets: string[], namespace = 'default'): void {
    const imagePullSecrets = pullSecrets.map((secret) => ({ name: secret }))
    this.#objects.set(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`, {
      kind: 'ServiceAccount',
      metadata: { name },
      imagePullSecrets,
    })
  }

  addSecret(name: string, data: Record<string, string>, namespace = 'default'): void {
    const base64 = Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    )
    this.#objects.set(`/api/v1/namespaces/${namespace}/secrets/${name}`, {
      kind: 'Secret',
      metadata: { name },
      data: base64,
    })
  }

  /** A pod of it, created now, whose container restarted so many times. */
  restart(kind: string, name: string, restartCount: number, namespace = 'default'): void {
    const { uid } = this.get(kind, name, namespace).metadata
    this.#objects.set(`/api/v1/namespaces/${namespace}/pods/${name}-new`, {
      kind: 'Pod',
      metadata: {
        name: `${name}-new`,
        uid: randomUUID(),
        creationTimestamp: new Date(Date.now() + this.clockOffsetMs).toISOString().replace(/\.\d+/, ''),
        ownerReferences: [{ uid }],
        labels: { app: name },
      },
      status: { containerStatuses: [{ name: 'main', restartCount }] },
    })
  }

  /** The controllers look again: after `isGood` says something else. */
  settle(): void {
    for (const [path, object] of this.#objects) if (CONTROLLED.includes(object.kind)) this.#control(path)
  }

  /** Ends every watch, in the middle of a line where `cut` says so. */
  endWatches({ cut = false } = {}): void {
    for (const { response } of this.#watches) {
      if (cut) response.write('{"type":"MODIFIED","object":{"met')
      if (cut) setImmediate(() => response.destroy())
      else response.end()
    }
    this.#watches.clear()
  }

  /** Tells watches, where nothing else does, that they live, and which version is the present one. */
  bookmark(): void {
    const object = { metadata: { resourceVersion: `${this.#version}` } }
    const line = `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
    for (const { response, takesBookmarks } of this.#watches) if (takesBookmarks) response.write(line)
  }

  /** Forgets old versions: who asks for one gets 410. */
  compact(): void {
    this.#compacted = ++this.#version
    this.#log = []
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { method = '', url = '' } = request
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Json) : undefined
    this.requests.push({ method, url, body })
    response.setHeader('date', new Date(Date.now() + this.clockOffsetMs).toUTCString())
    if (this.fault(request, response)) return undefined
    const { pathname: path, searchParams: query } = new URL(url, this.url)
    const [, , resource = '', name] = /\/(v\d\w*)\/namespaces\/[^/]+\/([a-z]+)(?:\/(.+))?$/.exec(path) ?? []
    const verb = verbOf(method, name, query)
    if (!this.allows(verb, resource))
      return send(response, 403, status(403, `${resource} is forbidden: cannot ${verb}`))
    if (verb === 'watch') return this.#watch(path, query, response)
    if (verb === 'list') return this.#list(path, query, response)
    if (verb === 'create') return this.#create(path, resource, body ?? {}, response)
    const object = this.#objects.get(path)
    if (!object) return send(response, 404, status(404, `${resource} "${name}" not found`))
    if (verb === 'get') return send(response, 200, object)
    if (verb === 'delete') return this.#delete(path, response)
    const { resourceVersion } = body?.metadata ?? {}
    if (resourceVersion && resourceVersion !== object.metadata.resourceVersion)
      return send(
        response,
        409,
        status(409, 'the object has been modified; please apply your changes to the latest version'),
      )
    const changed = structuredClone(object)
    if (verb === 'update') Object.assign(changed, body)
    else {
      merge(changed, body ?? {})
      if (JSON.stringify(body?.spec ?? {}).includes('"image"')) {
        own(changed, query.get('fieldManager') ?? 'unknown', 'Update')
        this.#patches.push(`${name}`)
      }
    }
    this.#changed(path, changed)
    // The answer is what was written, before any controller.
    return send(response, 200, { ...changed, status: object.status })
  }

  #create(path: string, resource: string, body: Json, response: ServerResponse): unknown {
    if (resource === 'events') {
      this.events.push(body)
      return send(response, 201, body)
    }
    const full = `${path}/${body.metadata.name}`
    if (this.#objects.has(full)) return send(response, 409, status(409, 'already exists'))
    this.#save(full, body, 'ADDED')
    return send(response, 201, this.#objects.get(full))
  }

  #delete(path: string, response: ServerResponse): unknown {
    this.#objects.delete(path)
    this.settle()
    return send(response, 200, { kind: 'Status', status: 'Success' })
  }

  #list(path: string, query: URLSearchParams, response: ServerResponse): void {
    const prefix = `${path}/`
    const [label, value] = (query.get('labelSelector') ?? '').split('=')
    const all = [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, object]) => object)
      .filter(({ metadata }) => !label || metadata.labels?.[label] === value)
    const from = Number(query.get('continue') ?? 0)
    const to = from + Number(query.get('limit') ?? all.length)
    const more = to < all.length ? { continue: `${to}` } : {}
    send(response, 200, {
      kind: 'List',
      metadata: { resourceVersion: `${this.#version}`, ...more },
      items: all.slice(from, to),
    })
  }

  #watch(path: string, query: URLSearchParams, response: ServerResponse): void {
    const since = Number(query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    if (since < this.#compacted) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'too old resource version') })}\n`)
      return
    }
    response.flushHeaders()
    const prefix = `${path}/`
    for (const one of this.#log) if (one.version > since && one.path.startsWith(prefix)) response.write(one.line)
    const watch = { prefix, response, takesBookmarks: query.get('allowWatchBookmarks') === 'true' }
    this.#watches.add(watch)
    response.once('close', () => this.#watches.delete(watch))
  }

  #changed(path: string, object: Json): void {
    const former = this.#objects.get(path)
    if (JSON.stringify(former?.spec) !== JSON.stringify(object.spec))
      object.metadata.generation = (former?.metadata.generation ?? 0) + 1
    this.#save(path, object, 'MODIFIED')
    if (CONTROLLED.includes(object.kind)) this.#control(path)
  }

  #save(path: string, object: Json, type: string): void {
    object.metadata.resourceVersion = `${++this.#version}`
    this.#objects.set(path, object)
    this.#tell(path, type, object)
    if (type === 'ADDED' && CONTROLLED.includes(object.kind)) this.#control(path)
  }

  #tell(path: string, type: string, object: Json): void {
    const line = `${JSON.stringify({ type, object })}\n`
    this.#log.push({ version: this.#version, line, path })
    for (const { prefix, response } of this.#watches) if (path.startsWith(prefix)) response.write(line)
  }

  /** What the controllers would note of the pods. */
  #control(path: string): void {
    const object = structuredClone(this.#objects.get(path) as Json)
    const { kind, metadata, spec } = object
    const replicas = spec.replicas ?? 1
    const image =
      kind === 'CronJob'
        ? ''
        : podSpec(object)
            .containers.map((one: Json) => one.image)
            .join(' ')
    const good = kind === 'CronJob' ? true : this.isGood(image)
    const observedGeneration = metadata.generation
    if (kind === 'Deployment') {
      const progressing =
        good === false
          ? {
              type: 'Progressing',
              status: 'False',
              reason: 'ProgressDeadlineExceeded',
              message: 'timed out progressing',
            }
          : { type: 'Progressing', status: 'True', reason: good ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated' }
      object.status = {
        observedGeneration,
        replicas: good ? replicas : replicas + 1,
        updatedReplicas: good ? replicas : 1,
        availableReplicas: replicas,
        conditions: [progressing],
      }
    }
    if (kind === 'StatefulSet') {
      const revision = `${metadata.name}-${image}`
      const podPath = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}-0`
      const pod = this.#objects.get(podPath)
      const isStuck = pod !== undefined && pod.metadata.labels['controller-revision-hash'] !== revision
      if (good === false && pod === undefined)
        this.#objects.set(podPath, {
          kind: 'Pod',
          metadata: {
            name: `${metadata.name}-0`,
            uid: randomUUID(),
            ownerReferences: [{ uid: metadata.uid }],
            labels: { app: metadata.name, 'controller-revision-hash': revision },
          },
          status: { conditions: [{ type: 'Ready', status: 'False' }] },
        })
      const up = good === true && !isStuck
      object.status = {
        observedGeneration,
        replicas,
        readyReplicas: up ? replicas : replicas - 1,
        updatedReplicas: up ? replicas : 0,
        currentRevision: up ? revision : 'former',
        updateRevision: revision,
      }
    }
    if (kind === 'DaemonSet')
      object.status = {
        observedGeneration,
        desiredNumberScheduled: 2,
        updatedNumberScheduled: good ? 2 : 1,
        numberAvailable: good ? 2 : 1,
      }
    if (JSON.stringify(object.status) !== JSON.stringify(this.#objects.get(path)?.status))
      this.#save(path, object, 'MODIFIED')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#bookmarks)
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): string {
  if (method === 'GET') return query.get('watch') ? 'watch' : name === undefined ? 'list' : 'get'
  return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method
}

function listOf(kind: string, namespace: string): string {
  const [, group = '', plural = ''] = /^(.+)\/([a-z]+)$/.exec(PLURALS[kind] ?? '') ?? []
  return `/${group === 'v1' ? 'api' : 'apis'}/${group}/namespaces/${namespace}/${plural}`
}

function podSpec({ kind, spec }: Json): Json {
  return kind === 'CronJob' ? spec.jobTemplate.spec.template.spec : spec.template.spec
}

/** The image belongs to whoever changed it last. */
function own(object: Json, manager: string, operation: string): void {
  const image = { 'f:containers': { 'k:{"name":"main"}': { 'f:image': {} } } }
  const template = { 'f:template': { 'f:spec': image } }
  const spec = object.kind === 'CronJob' ? { 'f:jobTemplate': { 'f:spec': template } } : template
  object.metadata.managedFields = [{ manager, operation, fieldsV1: { 'f:spec': spec } }]
}

/** A strategic merge, as far as it is used: containers by their name, null removes. */
function merge(target: Json, patch: Json): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key]
    else if (Array.isArray(value) && Array.isArray(target[key]))
      for (const item of value)
        merge(
          target[key].find(({ name }: Json) => name === item.name),
          item,
        )
    else if (typeof value === 'object' && typeof target[key] === 'object') merge(target[key], value)
    else target[key] = value
  }
}

function status(code: number, message: string): Json {
  return { kind: 'Status', status: 'Failure', code, message }
}

function send(response: ServerResponse, code: number, body: unknown): ServerResponse {
  return response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
