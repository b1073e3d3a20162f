import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { Access } from '@livepods/access'
import { type ServiceOptions, type Environment as Variables, within } from '@livepods/service'
import { TlsFiles } from '@livepods/tls'
import type { Config } from './config.ts'
import { Environment } from './environment.ts'
import { Events } from './events.ts'
import type { Incoming, Outgoing } from './exchange.ts'
import { Faults } from './faults.ts'
import { forwardedChain, trustOf } from './forwarded.ts'
import { Front } from './front.ts'
import { GrpcRelay } from './grpc-relay.ts'
import { Identity } from './identity.ts'
import { Routes } from './routes.ts'
import { Http2, http1Server } from './servers.ts'
import { EchoSockets } from './socket.ts'
import { Waits } from './waits.ts'

interface Options extends ServiceOptions<Config> {
  /** What `?env=true` shows of. */
  environment: Variables
  /** Who answers; as the machine and the cluster say unless given. */
  identity?: Identity
}

/** Those of the original. */
const TLS_VARIABLES = { cert: 'WHOAMI_CERT', key: 'WHOAMI_KEY', ca: 'WHOAMI_CACERT' }

/** Says what a request looked like, by every protocol on one port. */
export class Whoami implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()
  #front: Front | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Where it listens, once it does. */
  get port(): number {
    if (!this.#front) throw new Error('It does not listen yet.')
    return this.#front.port
  }

  /** Resolves when it listens. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal, environment, identity = new Identity(config) } = this.#options
    const stack = this.#stack
    const trusts = trustOf(config.TRUST_PROXY)
    const acceptsProxyHeader = (address: string) =>
      config.PROXY_PROTOCOL === 'accept' && (config.TRUST_PROXY === undefined || trusts(address))

    const access = stack.use(await Access.open(config, log))
    const tls = stack.use(await TlsFiles.ofServer(config, { log, variables: TLS_VARIABLES }))
    const faults = stack.use(new Faults({ waits: new Waits({ maxMs: config.MAX_WAIT * 1000 }), log }))
    const events = new Events(identity)
    const sockets = new EchoSockets()
    const grpc = stack.use(
      new GrpcRelay(async () => {
        const { buildGrpcServer } = await import('./grpc.ts')
        return buildGrpcServer({ log, identity, closeWithinMs: config.STOP_WITHIN_SECONDS * 500 })
      }),
    )
    const originOf = ({ socket }: Incoming) => front.originOf(socket)
    const routes = new Routes({
      log,
      identity,
      environment: new Environment(environment, config.SHOW_ENV),
      faults,
      events,
      access,
      faultsAllowed: config.FAULTS === 'on',
      maxDataBytes: config.MAX_DATA,
      jwksFile: config.JWKS_FILE,
      chainAllow: new Set(
        (config.CHAIN_ALLOW ?? '')
          .split(',')
          .map((host) => host.trim())
          .filter(Boolean),
      ),
      forwarded: (request) => forwardedChain(request, originOf(request), trusts),
      originOf,
      draining: signal,
      verbose: config.WHOAMI_VERBOSE,
    })
    const http1 = http1Server(routes.handle, sockets.upgrade)
    const http2 = new Http2((request, response) => {
      if (GrpcRelay.takes(request as Http2ServerRequest)) void relay(grpc, request, response)
      else routes.handle(request, response)
    })
    const { HOST: host, WHOAMI_PORT_NUMBER: port, MAX_CONNECTIONS: maxConnections } = config
    const listening = Front.listen({ host, port, maxConnections, acceptsProxyHeader, tls, http1, http2: http2.server })
    const front = stack.use(await listening)
    this.#front = front
    ops.reports('faults', () => faults.report())
    ops.reports('listeners', () => ({ events: events.clients }))
    log.info({ port: front.port, tls: tls !== undefined }, 'listening')

    stack.defer(async () => {
      front.stopListening()
      events.close()
      http2.close()
      http1.closeIdleConnections()
      await sockets.close()
      await within(config.STOP_WITHIN_SECONDS * 500, front.idle(), () =>
        log.warn('connections that are still open are cut'),
      )
    })
    // While it still serves, balancers see that it is not ready.
    stack.defer(async () => await sleep(Math.min(config.DRAIN_SECONDS, config.STOP_WITHIN_SECONDS / 3) * 1000))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

async function relay(grpc: GrpcRelay, request: Incoming, response: Outgoing): Promise<void> {
  const answer = response as Http2ServerResponse
  try {
    await grpc.handle(request as Http2ServerRequest, answer)
  } catch {
    answer.stream.close(2)
  }
}
