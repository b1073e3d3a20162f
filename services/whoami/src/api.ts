import { hostPort } from './echo-request.ts'
import type { Environment } from './environment.ts'
import type { Exchange } from './exchange.ts'
import type { Origin } from './front.ts'
import { fieldsOf, sorted } from './go-headers.ts'
import { goJson } from './go-json.ts'
import { escapedPath } from './go-path.ts'
import { isTrue } from './go-values.ts'
import type { Identity } from './identity.ts'

interface Parts {
  identity: Pick<Identity, 'name' | 'hostname' | 'ips'>
  environment: Pick<Environment, 'values'>
  origin: Origin
}

/** `/api`: what `/` says, as JSON with the keys and the order of the original. */
export async function api(exchange: Exchange, { identity, environment, origin }: Parts): Promise<void> {
  const { request, path, search, host, query } = exchange
  const body = goJson(
    withoutEmpty({
      hostname: identity.hostname,
      ip: identity.ips,
      headers: headersOf(request.rawHeaders),
      url: escapedPath(path) + search,
      host,
      method: request.method,
      name: identity.name === undefined ? undefined : Buffer.from(identity.name).toString('latin1'),
      remoteAddr: hostPort(origin.client),
      environ: isTrue(query.get('env')) ? environment.values() : undefined,
    }),
  )
  await exchange.replyAsGo(exchange.status, { 'Content-Type': 'application/json' }, [Buffer.from(body)])
}

/** Go takes these out of the fields of a request. */
const NOT_AMONG_THEM = new Set(['Host', 'Transfer-Encoding', 'Trailer'])

function headersOf(raw: readonly string[]): Record<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const [name, value] of sorted(fieldsOf(raw))) {
    if (!NOT_AMONG_THEM.has(name)) headers.set(name, [...(headers.get(name) ?? []), value])
  }
  return Object.fromEntries(headers)
}

function withoutEmpty(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
