import { promisify } from 'node:util'
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import type { Access, Role } from '@livepods/access'
import { type Log, within } from '@livepods/service'
import { HealthImplementation, protoPath as healthFile } from 'grpc-health-check'
import { admitCalls, type Refusal } from './admission.ts'
import { type GuardedService, guardCalls, rolesOf } from './guard.ts'
import { refuseMalformed, withMalformed } from './malformed-request.ts'

export interface GrpcServerOptions {
  /** What the server offers; each has a health status of its own. */
  services: GuardedService[]
  /** Further names in grpc.health.v1: what the server needs for a part of its work. They serve while it does, unless `setPart` says otherwise. */
  parts?: string[]
  /** Gets a line for every call that changes something. */
  log: Log
  /** Who may come in; absent: everybody. */
  access?: Access | undefined
  /** Asked when a call begins, before its request comes in; absent: every call is admitted. */
  refusal?: Refusal | undefined
  /** What reflection answers besides grpc.health.v1, with the fields named as in the files (keepCase); absent = no reflection. */
  reflection?: PackageDefinition
  /** Largest request in bytes. */
  maxRequestBytes?: number
  /** Milliseconds that calls under way get when the server closes; then they are cut. */
  closeWithinMs?: number
}

/** A gRPC server with grpc.health.v1 and reflection, NOT_SERVING until it is told that it serves. */
export class GrpcServer {
  /** The role that each method needs, by its path. */
  readonly roles: ReadonlyMap<string, Role>
  readonly #server: Server
  readonly #health: HealthImplementation
  readonly #names: string[]
  readonly #parts: Map<string, boolean>
  #serving = false
  readonly #closeWithinMs: number

  constructor({ services, parts = [], log, access, refusal, reflection, ...limits }: GrpcServerOptions) {
    const { maxRequestBytes = 1024 * 1024, closeWithinMs = 10_000 } = limits
    this.#closeWithinMs = closeWithinMs
    this.roles = rolesOf(services)
    this.#server = new Server({
      interceptors: [guardCalls(this.roles, log, access), ...(refusal ? [admitCalls(refusal)] : []), refuseMalformed],
      'grpc.max_receive_message_length': maxRequestBytes,
      // Without it a client stays on the replica that it met first (libraries: DNS is read again only when a connection ends).
      'grpc.max_connection_age_ms': 5 * 60_000,
      'grpc.max_connection_age_grace_ms': 30_000,
    })
    this.#names = ['', ...services.map(({ definition }) => serviceName(definition))]
    this.#parts = new Map(parts.map((name) => [name, true]))
    this.#health = new HealthImplementation(
      Object.fromEntries([...this.#names, ...parts].map((name) => [name, 'NOT_SERVING'] as const)),
    )
    const addService = (definition: ServiceDefinition, handlers: UntypedServiceImplementation) =>
      this.#server.addService(withMalformed(definition), handlers)
    this.#health.addToServer({ addService })
    for (const { definition, handlers } of services) addService(definition, handlers)
    if (reflection)
      new ReflectionService({ ...reflection, ...loadSync(healthFile, { keepCase: true }) }).addToServer({ addService })
  }

  set serving(serving: boolean) {
    this.#serving = serving
    for (const name of this.#names) this.#tell(name, serving)
    for (const [name, isThere] of this.#parts) this.#tell(name, serving && isThere)
  }

  /** Whether a part is there; the server as a whole serves on without it. */
  setPart(name: string, isThere: boolean): void {
    this.#parts.set(name, isThere)
    this.#tell(name, this.#serving && isThere)
  }

  #tell(name: string, serving: boolean): void {
    this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING')
  }

  /** Listens (port 0 = any) and returns the port. */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    return await promisify(this.#server.bindAsync.bind(this.#server))(address, ServerCredentials.createInsecure())
  }

  /** Says NOT_SERVING, lets calls under way finish within `closeWithinMs`, then cuts what is left (an open health watch never ends). */
  async [Symbol.asyncDispose](): Promise<void> {
    this.serving = false
    const closed = promisify(this.#server.tryShutdown.bind(this.#server))()
    // A peer that is stopped or cut off never acknowledges the end of its connection: do not wait for it.
    await within(this.#closeWithinMs, closed, () => this.#server.forceShutdown())
  }
}

function serviceName(definition: ServiceDefinition): string {
  const path = Object.values(definition)[0]?.path ?? ''
  return path.split('/')[1] ?? ''
}
