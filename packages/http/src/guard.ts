import { type Access, AccessRefusedError, type Actor, ANYBODY, bearerOf, type Role } from '@livepods/access'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { ProblemError } from './problem.ts'
import type { RouteRole } from './route-config.ts'
import { sessionOf } from './session-cookie.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The registered routes, and who may call them. */
    routes: { method: string; url: string; role: RouteRole }[]
  }
  interface FastifyRequest {
    /** The client, for logs: the name in its token's line of ACCESS_TOKENS_FILE. */
    actor: string
    /** What they may do; read on routes that are open to everybody. */
    role: Role
  }
}

const ROLE_OF_SCOPE = Symbol('role of routes that name none')

/** Checks the role that each route names (`config: { role }`); a route without one cannot be registered. */
export function guardRoutes(app: App, access: Access | undefined): void {
  app.decorateRequest('actor', ANYBODY.name)
  app.decorateRequest('role', access?.required ? 'read' : ANYBODY.role)
  app.decorate('routes', [])
  app.addHook('onRoute', function (route) {
    const role = route.config?.role ?? (this as { [ROLE_OF_SCOPE]?: RouteRole })[ROLE_OF_SCOPE]
    if (!role)
      throw new Error(`${route.method} ${route.url} names no role: add config: { role: 'read' | 'submit' | 'manage' }.`)
    route.config = { ...route.config, role }
    for (const method of [route.method].flat()) app.routes.push({ method, url: route.url, role })
  })
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      refuseOtherSites(request)
      // 404 is for clients that may read.
      const role = request.routeOptions.config?.role ?? 'read'
      if (access && role !== 'open') {
        const actor = enter(access, request, role)
        request.actor = actor.name
        request.role = actor.role
      }
      done()
    } catch (error) {
      done(error as Error)
    }
  })
}

/** Gives this role to the routes that a foreign plugin registers in `scope`. */
export function givePluginsRole(scope: App, role: RouteRole): void {
  Object.defineProperty(scope, ROLE_OF_SCOPE, { value: role })
}

/** The answer to a refused request. */
export function refusal(refused: AccessRefusedError): ProblemError {
  const { reason, message, retryAfter } = refused
  const challenge = (error: string) => ({ 'www-authenticate': `Bearer realm="livepods"${error}` })
  switch (reason) {
    case 'missing':
      return new ProblemError(401, message, { cause: refused, headers: challenge('') })
    case 'unknown':
      return new ProblemError(401, message, { cause: refused, headers: challenge(', error="invalid_token"') })
    case 'role':
      return new ProblemError(403, message, { cause: refused, headers: challenge(', error="insufficient_scope"') })
    case 'limited':
      return new ProblemError(429, message, { cause: refused, headers: { 'retry-after': String(retryAfter) } })
  }
}

function enter(access: Access, { headers, ip }: FastifyRequest, role: Role): Actor {
  try {
    const token = bearerOf(headers.authorization)
    return access.enter({ token, session: sessionOf(headers.cookie), client: ip }, role)
  } catch (error) {
    throw error instanceof AccessRefusedError ? refusal(error) : error
  }
}

/** Whether requests of this method may change something. */
export function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** Throws ProblemError 403 when a browser says that a page of another site sends a request that may change something. */
export function refuseOtherSites({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): void {
  if (!isChange(method)) return
  // Browsers send it over TLS and to localhost; it knows the origin also behind a proxy that changes the host.
  const site = headers['sec-fetch-site']
  const isOwn = site === undefined ? isOfHost(headers.origin, headers.host) : site === 'same-origin' || site === 'none'
  if (!isOwn)
    throw new ProblemError(403, 'The request comes from a page of another site. Open this site itself and try again.')
}

/** Clients that are no browsers send no origin; a page with an opaque origin sends "null". */
function isOfHost(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || URL.parse(origin)?.host === host
}
