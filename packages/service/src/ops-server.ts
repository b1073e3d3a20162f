import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerClientError, type ClientError } from './client-error.ts'
import { collectProcessMetrics, exposition } from './metrics.ts'
import { version } from './version.ts'
import { within } from './within.ts'

export interface OpsServerOptions {
  service: string
  host: string
  port: number
}

type State = 'starting' | 'ready' | 'stopping'
type Check = () => Promise<unknown>

const CACHE_MS = 1000
const CHECK_WITHIN_MS = 1000

/** What the platform asks a process: /livez, /readyz, /metrics and /status, on a port of their own. */
export class OpsServer {
  state: State = 'starting'
  readonly #service: string
  readonly #since = new Date()
  readonly #server: Server
  readonly #requirements = new Map<string, Check>()
  readonly #parts = new Map<string, () => unknown>()
  #faults: Promise<Record<string, string>> = Promise.resolve({})
  #checkedAt = Number.NEGATIVE_INFINITY

  static async listen({ service, host, port }: OpsServerOptions): Promise<OpsServer> {
    const ops = new OpsServer(service)
    ops.#server.listen(port, host)
    await once(ops.#server, 'listening')
    return ops
  }

  private constructor(service: string) {
    collectProcessMetrics()
    this.#service = service
    // Nothing depends on the host's name, and Node would answer without a body.
    this.#server = createServer(
      { requireHostHeader: false },
      (request, response) => void this.#answer(request.url ?? '/', response),
    )
    this.#server.on('clientError', (error, socket) => answerClientError(error, socket, problem))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The process is not ready while `check` rejects or takes longer than a second; asked at most once a second. */
  requires(dependency: string, check: Check): void {
    this.#requirements.set(dependency, check)
  }

  /** Adds a part to /status; `report` is called for every request and must not block. */
  reports(part: string, report: () => unknown): void {
    this.#parts.set(part, report)
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    switch (url.replace(/\?.*/, '')) {
      case '/livez':
        return send(response, 200, { live: true })
      case '/readyz': {
        const readiness = await this.#readiness()
        return send(response, readiness.ready ? 200 : 503, readiness)
      }
      case '/metrics': {
        const { contentType, text } = await exposition()
        response.writeHead(200, { 'content-type': contentType }).end(text)
        return
      }
      case '/status':
        return send(response, 200, {
          service: this.#service,
          version,
          since: this.#since.toISOString(),
          ...(await this.#readiness()),
          parts: Object.fromEntries([...this.#parts].map(([part, report]) => [part, report()])),
        })
      default: {
        const { headers, body } = problem({
          status: 404,
          detail: 'This port has /livez, /readyz, /metrics and /status.',
        })
        response.writeHead(404, headers).end(body)
      }
    }
  }

  async #readiness() {
    const faults = this.state === 'ready' ? await this.#check() : {}
    return { ready: this.state === 'ready' && Object.keys(faults).length === 0, state: this.state, faults }
  }

  #check(): Promise<Record<string, string>> {
    if (performance.now() - this.#checkedAt > CACHE_MS) {
      this.#checkedAt = performance.now()
      this.#faults = faultsOf(this.#requirements)
    }
    return this.#faults
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

async function faultsOf(requirements: Map<string, Check>): Promise<Record<string, string>> {
  const faults: Record<string, string> = {}
  await Promise.all(
    [...requirements].map(async ([dependency, check]) => {
      try {
        await within(CHECK_WITHIN_MS, check(), () => {
          throw new Error(`no answer within ${CHECK_WITHIN_MS} ms`)
        })
      } catch (error) {
        faults[dependency] = (error as Error).message
      }
    }),
  )
  return faults
}

/** As packages/http has it, which is above this package. */
function problem({ status, detail }: ClientError) {
  const title = STATUS_CODES[status]
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, requestId: randomUUID() })
  const length = String(Buffer.byteLength(body))
  return { headers: { 'content-type': 'application/problem+json', 'content-length': length }, body }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}
