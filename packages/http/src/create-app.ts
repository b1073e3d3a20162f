import { randomUUID } from 'node:crypto'
import type { Access } from '@livepods/access'
import { answerClientError, type ClientError, type Log } from '@livepods/service'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import type { App } from './app.ts'
import { createServer, type HandleFirst, type Tls } from './create-server.ts'
import { limitHandlers } from './deadline.ts'
import { closeConnectionsWhileDraining } from './drain.ts'
import { answerErrors, answerNotFound, type Translate } from './errors.ts'
import { guardRoutes } from './guard.ts'
import { lingerOnClose } from './linger.ts'
import { measureRequests } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { ProblemError } from './problem.ts'
import { requestIdOf } from './request-id.ts'
import { checkRouteConfigs } from './route-config.ts'
import { secureAnswers } from './security-headers.ts'
import { problemAnswer } from './send-problem.ts'
import { validatorCompiler } from './validation.ts'

export interface AppOptions {
  log: Log
  /** Translates the service's own errors. */
  translate?: Translate
  /** Largest body in bytes; a route may set its own. */
  bodyLimit?: number
  /** Milliseconds until a request that has no answer gets 503; a route may have its own, or none (RouteConfig). */
  answerWithinMs?: number
  /** Milliseconds in which a request must arrive, body included; more where photos come over slow connections. */
  receiveWithinMs?: number
  /** Connections at once; more are refused. */
  maxConnections?: number
  /** Aborts when the process is asked to stop: from then on every answer closes its connection. */
  draining?: AbortSignal
  /** Checks access tokens; absent: everybody may call everything. Every route names its role either way. */
  access?: Access | undefined
  /** As in ProxyEnv; absent: the client is the peer of the connection. */
  trustProxy?: string | undefined
  /** Key and certificate, where no proxy in front terminates TLS. */
  tls?: Tls | undefined
  /**
   * Called with every request before fastify, for a library that works on Node's plain server. A request that it takes has none of this
   * set-up: no access check, no headers, no limits but those of the connection (and no limit of the time to receive it), no metrics. It
   * ends what it has open when the app closes (hook `preClose`).
   */
  handleFirst?: HandleFirst | undefined
  /** Present: the API is described at /openapi.json and readable at /docs. */
  api?: { title: string; description: string }
}

/**
 * Fastify with the defaults of all services, not listening yet: strict validation, problem+json errors, request ids, security headers,
 * access, limits, metrics, responses that also reach a client that is still sending, and a close that drains requests and connections.
 */
export function createApp({
  log,
  translate = () => undefined,
  bodyLimit = 64 * 1024,
  answerWithinMs = 10_000,
  receiveWithinMs = 15_000,
  maxConnections = 10_000,
  draining,
  access,
  trustProxy,
  tls,
  handleFirst,
  api,
}: AppOptions): App {
  const app: App = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    // While closing, requests on open connections are served like any other.
    return503OnClosing: false,
    serverFactory: (handler) =>
      createServer(handler, {
        tls,
        handleFirst,
        requestTimeout: receiveWithinMs,
        connectionTimeout: 60_000,
        // Longer than the idle time-out of the usual load balancer, else it meets a closed connection.
        keepAliveTimeout: 75_000,
      }),
    // The server is ours: fastify uses this only for the scheme (http or https) of the address that `listen` returns.
    ...({ https: tls?.serverOptions ?? null } as object),
    trustProxy: trustProxy ?? false,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, clientProblem),
    // A path that cannot be decoded; there is no route yet, so no hook, no metric and no access check either.
    frameworkErrors: (error, request, reply) => void answerErrors(translate)(error, request, reply),
    genReqId: requestIdOf,
  })
  app.server.maxConnections = maxConnections
  lingerOnClose(app, receiveWithinMs)
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(answerErrors(translate))
  app.setNotFoundHandler(answerNotFound)
  secureAnswers(app)
  closeConnectionsWhileDraining(app, draining)
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id)
    done(null, payload)
  })
  measureRequests(app)
  checkRouteConfigs(app)
  guardRoutes(app, access)
  limitHandlers(app, answerWithinMs)
  if (api) describeApi(app, api, access?.required ?? false)
  return app
}

function clientProblem({ status, detail }: ClientError) {
  const requestId = randomUUID()
  const { headers, body } = problemAnswer(new ProblemError(status, detail), requestId)
  return { headers: { ...headers, 'x-request-id': requestId }, body }
}
