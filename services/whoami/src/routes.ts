import { STATUS_CODES } from 'node:http'
import { type Access, AccessRefusedError, bearerOf } from '@livepods/access'
import { counter, gauge, histogram, type Log } from '@livepods/service'
import { api } from './api.ts'
import { BadRequestError } from './bad-request-error.ts'
import { bench } from './bench.ts'
import { chain } from './chain.ts'
import { data } from './data.ts'
import { echoRequest } from './echo-request.ts'
import type { Environment } from './environment.ts'
import type { Events } from './events.ts'
import { Exchange, type Incoming, type Outgoing } from './exchange.ts'
import type { Faults } from './faults.ts'
import type { Origin } from './front.ts'
import { asciiOnly, cleanPath, decoded, isPath } from './go-path.ts'
import { HealthRoute } from './health.ts'
import type { Identity } from './identity.ts'
import { openApi } from './openapi.ts'
import { overviewOf } from './overview.ts'
import { isOfPage, page } from './page.ts'
import { refuseHandshake } from './socket.ts'
import { tokenView } from './token-view.ts'

export interface RouteOptions {
  log: Log
  identity: Identity
  environment: Environment
  faults: Faults
  events: Events
  access: Access
  /** Whether faults may be set where no tokens are. */
  faultsAllowed: boolean
  maxDataBytes: number
  jwksFile: string | undefined
  chainAllow: ReadonlySet<string>
  forwarded: (request: Incoming) => string[]
  originOf: (request: Incoming) => Origin
  /** Aborts when the process is asked to stop. */
  draining: AbortSignal
  /** Log a line for every request. */
  verbose: boolean
}

type Handler = (exchange: Exchange) => Promise<void> | void

const requests = counter({
  name: 'whoami_requests_total',
  help: 'Requests that were answered, by the class of the status.',
  labels: ['route', 'status'],
})
const duration = histogram({
  name: 'whoami_request_duration_seconds',
  help: 'Time from a request to the end of its answer; not of /bench, which is measured from outside.',
  labels: ['route'],
})
const inFlight = gauge({
  name: 'whoami_requests_in_flight',
  help: 'Requests that are not answered yet; not those of /bench.',
})
const benchAnswered = requests.labels('/bench', '2xx')

/** Answers requests, of HTTP/1 and of HTTP/2. Unknown paths show the request, as `/` does. */
export class Routes {
  readonly #options: RouteOptions
  readonly #handlers: ReadonlyMap<string, Handler>

  constructor(options: RouteOptions) {
    this.#options = options
    const { log, identity, environment, events, originOf, forwarded, maxDataBytes, jwksFile, chainAllow } = options
    const partsOf = ({ request }: Exchange) => ({ identity, environment, origin: originOf(request) })
    const overview = (exchange: Exchange) => overviewOf(exchange, { ...partsOf(exchange), forwarded })
    this.#handlers = new Map<string, Handler>([
      ['/', (exchange) => echoRequest(exchange, partsOf(exchange))],
      ['/api', (exchange) => api(exchange, partsOf(exchange))],
      ['/bench', (exchange) => this.#bench(exchange)],
      ['/data', (exchange) => data(exchange, { maxBytes: maxDataBytes })],
      ['/echo', refuseHandshake],
      ['/health', new HealthRoute(log).answer],
      ['/openapi.yaml', openApi],
      ['/faults', (exchange) => this.#faults(exchange)],
      ['/jwt', (exchange) => tokenView(exchange, { jwksFile })],
      ['/v1/whoami', (exchange) => exchange.replyJson(exchange.status, overview(exchange))],
      ['/chain', (exchange) => chain(exchange, { allow: chainAllow, identity })],
      ['/events', events.answer],
      ['/ui', (exchange) => page(exchange, () => overview(exchange))],
    ])
  }

  readonly handle = (request: Incoming, response: Outgoing): void => {
    const { faults, draining } = this.#options
    if (request.url === '/bench' && !faults.isActive && request.headers.host !== undefined) {
      bench(response, draining.aborted)
      benchAnswered.inc()
    } else void this.#answer(request, response)
  }

  async #answer(request: Incoming, response: Outgoing): Promise<void> {
    const exchange = new Exchange(request, response)
    exchange.isLast = this.#options.draining.aborted
    const route = this.#routeOf(exchange)
    this.#measure(exchange, route)
    try {
      if (this.#isRefused(exchange)) return
      const isApplied = !isSpared(route) && (await this.#options.faults.apply(exchange))
      if (!isApplied) await this.#handlers.get(route)?.(exchange)
    } catch (error) {
      this.#fail(exchange, route, error)
    }
  }

  #routeOf({ path }: Exchange): string {
    const plain = path.includes('%') ? decoded(path) : path
    if (isOfPage(plain)) return '/ui'
    return this.#handlers.has(plain) ? plain : '/'
  }

  /** What Go's server answers before a handler sees the request. */
  #isRefused(exchange: Exchange): boolean {
    const { request, path, search } = exchange
    const fault = faultOf(exchange)
    if (fault !== undefined) {
      const text = `400 Bad Request${fault}`
      exchange.reply(400, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }, Buffer.from(text))
      return true
    }
    if (path === '*') {
      const isOptions = request.method === 'OPTIONS'
      exchange.reply(isOptions ? 200 : 400, isOptions ? {} : { Connection: 'close' })
      return true
    }
    const clean = cleanPath(path)
    if (clean === path) return false
    redirect(exchange, asciiOnly(clean + search))
    return true
  }

  #bench({ response, isLast }: Exchange): void {
    bench(response, isLast)
  }

  async #faults(exchange: Exchange): Promise<void> {
    const { access, faults, faultsAllowed, forwarded } = this.#options
    const { headers } = exchange.request
    if (!access.required && !faultsAllowed)
      throw new BadRequestError('Faults are off: set FAULTS=on, or tokens (ACCESS_TOKENS_FILE).', { status: 403 })
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new BadRequestError('The request comes from a page of another site.', { status: 403 })
    const client = forwarded(exchange.request).at(-1) ?? ''
    const { name } = access.enter({ token: bearerOf(headers.authorization), client }, 'manage')
    await faults.answer(exchange, name)
  }

  #fail(exchange: Exchange, route: string, error: unknown): void {
    const { response, gone } = exchange
    if (gone.aborted || response.destroyed) return
    const { status, message, fields } = answerTo(error)
    if (status >= 500 && !(error instanceof BadRequestError))
      this.#options.log.error({ err: error, route }, 'request failed')
    if (response.headersSent) exchange.cut()
    else {
      exchange.trailers = {}
      exchange.bytesPerSecond = undefined
      exchange.replyText(status, message, { 'X-Content-Type-Options': 'nosniff', ...fields })
    }
  }

  #measure(exchange: Exchange, route: string): void {
    const { request, response, path } = exchange
    const begun = performance.now()
    // At the end its connection may be gone.
    const client = this.#options.verbose ? this.#options.originOf(request).client.address : undefined
    inFlight.inc()
    response.once('close', () => {
      inFlight.dec()
      const ms = performance.now() - begun
      const { statusCode: status, headersSent, writableFinished } = response
      const kind = headersSent ? `${Math.floor(status / 100)}xx` : 'none'
      requests.inc({ route, status: kind })
      duration.observe({ route }, ms / 1000)
      if (client === undefined) return
      const { method, httpVersion } = request
      this.#options.log.info(
        {
          client,
          method,
          path: path.slice(0, 200),
          httpVersion,
          status: headersSent ? status : null,
          whole: writableFinished,
          ms: Math.round(ms),
        },
        'request completed',
      )
    })
  }
}

/** Faults must be removable, and balancers that ask for the health must see it. */
function isSpared(route: string): boolean {
  return route === '/faults' || route === '/health'
}

/** What follows `400 Bad Request` in Go's answer; undefined: nothing is wrong. */
function faultOf({ request, path, isHttp2, host }: Exchange): string | undefined {
  if (!isPath(path)) return ''
  if (!path.startsWith('/') && path !== '*') return ''
  if (isHttp2) return undefined
  if (request.httpVersionMinor > 0 && request.headers.host === undefined) return ': missing required Host header'
  if (request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return ': too many Host headers'
  if (!/^[\w.:[\]!$%&'()*+,;=~-]*$/.test(host)) return ': malformed Host header'
  return undefined
}

/** As Go's http.Redirect writes it. */
function redirect(exchange: Exchange, location: string): void {
  const { method } = exchange.request
  const fields: Record<string, string> = { Location: location }
  if (method === 'GET' || method === 'HEAD') fields['Content-Type'] = 'text/html; charset=utf-8'
  const text = `<a href="${htmlEscaped(location)}">${STATUS_CODES[307]}</a>.\n\n`
  exchange.reply(307, fields, Buffer.from(method === 'GET' ? text : ''))
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

function htmlEscaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

interface Failure {
  status: number
  message: string
  fields: Record<string, string>
}

function answerTo(error: unknown): Failure {
  if (error instanceof BadRequestError) return error
  if (error instanceof AccessRefusedError) return refusalOf(error)
  return { status: 500, message: 'The server failed; its log says why.', fields: {} }
}

function refusalOf({ reason, message, retryAfter }: AccessRefusedError): Failure {
  switch (reason) {
    case 'missing':
    case 'unknown':
      return { status: 401, message, fields: { 'WWW-Authenticate': 'Bearer realm="livepods"' } }
    case 'role':
      return { status: 403, message, fields: {} }
    case 'limited':
      return { status: 429, message, fields: { 'Retry-After': String(retryAfter) } }
  }
}
