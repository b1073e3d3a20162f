import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BadRequestError } from './bad-request-error.ts'
import type { Exchange } from './exchange.ts'
import type { Identity } from './identity.ts'
import { shown } from './size.ts'

const MAX_HOPS = 5
const WITHIN_MS = 10_000
const MAX_BYTES = 64 * 1024
/** How many calls led to this one. */
const HOPS = 'x-whoami-hops'
/** What belongs to a trace goes along. */
const PASSED = ['traceparent', 'tracestate', 'x-request-id']

/**
 * `/chain?to=url,url`: calls the first url, and gives it the others as its own `to`, so that a request goes through several whoami. Only to
 * hosts that are allowed.
 */
export async function chain(
  exchange: Exchange,
  { allow, identity }: { allow: ReadonlySet<string>; identity: Identity },
): Promise<void> {
  const urls = (exchange.query.get('to') ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean)
  const hops = Number(exchange.request.headers[HOPS] ?? 0)
  if (urls.length === 0)
    throw new BadRequestError('to must name the urls to call, like ?to=http://whoami/chain,http://whoami/.')
  if (!(hops + urls.length <= MAX_HOPS)) throw new BadRequestError(`A chain has at most ${MAX_HOPS} hops.`)
  const [first, ...rest] = urls.map((url) => allowed(url, allow))
  const url = first as URL
  if (rest.length > 0) url.searchParams.set('to', rest.map(String).join(','))
  const begun = performance.now()
  const next = await call(url, headersFor(exchange, hops), exchange.gone)
  const { hostname, node, pod, zone } = identity
  exchange.replyJson(next.status === undefined ? 502 : 200, {
    hostname,
    node,
    pod,
    zone,
    hop: hops,
    traceparent: exchange.request.headers.traceparent,
    next: { url: `${url.origin}${url.pathname}`, ms: Math.round(performance.now() - begun), ...next },
  })
}

function allowed(text: string, allow: ReadonlySet<string>): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw new BadRequestError(`"${shown(text)}" is no url with http or https.`)
  if (!allow.has(url.host) && !allow.has(url.hostname))
    throw new BadRequestError(`${shown(url.host)} is not among the hosts of CHAIN_ALLOW.`, { status: 403 })
  return url
}

function headersFor({ request }: Exchange, hops: number): Record<string, string> {
  const passed = PASSED.flatMap((name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return { ...Object.fromEntries(passed), [HOPS]: String(hops + 1), 'user-agent': 'livepods-whoami' }
}

interface Next {
  /** Absent when there was no answer. */
  status?: number | undefined
  /** JSON where it is that, else text. */
  body?: unknown
  fault?: string
}

/** What the next one answers; redirects are not followed. */
async function call(url: URL, headers: Record<string, string>, gone: AbortSignal): Promise<Next> {
  const { promise, resolve } = Promise.withResolvers<Next>()
  const signal = AbortSignal.any([gone, AbortSignal.timeout(WITHIN_MS)])
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { headers, signal, agent: false })
  const failed = ({ message }: Error) => resolve({ fault: message })
  outgoing.on('error', failed)
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > MAX_BYTES) response.destroy(new Error(`The answer has more than ${MAX_BYTES} bytes.`))
    })
    response.on('error', failed)
    response.on('end', () =>
      resolve({ status: response.statusCode, body: readable(Buffer.concat(chunks).toString('utf8')) }),
    )
  })
  outgoing.end()
  return await promise
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
