import type { TLSSocket } from 'node:tls'
import { clientSubjects } from './certificate.ts'
import type { Environment } from './environment.ts'
import type { Exchange, Incoming } from './exchange.ts'
import type { Origin } from './front.ts'
import { type Field, fieldsOf, hasToken, sorted } from './go-headers.ts'
import { escapedPath } from './go-path.ts'
import { isTrue } from './go-values.ts'
import type { Identity } from './identity.ts'

interface Parts {
  identity: Pick<Identity, 'name' | 'hostname' | 'ips'>
  environment: Pick<Environment, 'lines'>
  origin: Origin
}

/** `/` and every path that is not known: who answers, and the request as Go would send it on. */
export async function echoRequest(exchange: Exchange, { identity, environment, origin }: Parts): Promise<void> {
  const fields = { 'Content-Type': 'text/plain; charset=utf-8' }
  const about = [...aboutUs(identity, origin), ...certificates(exchange.request)].map((line) => `${line}\n`).join('')
  const body = await bodyOf(exchange)
  const head = about + requestHead(exchange, body)
  const tail = isTrue(exchange.query.get('env')) ? environment.lines() : ''
  if (body.kind === 'none') return await exchange.replyAsGo(exchange.status, fields, [bytes(head + tail)])
  await exchange.replyAsGo(exchange.status, fields, whole(head, body, exchange.request, bytes(tail)))
}

const bytes = (text: string) => Buffer.from(text, 'latin1')

async function* whole(head: string, body: Body, request: Incoming, tail: Buffer): AsyncGenerator<Buffer> {
  yield bytes(head)
  if (body.kind === 'length') yield* body.bytes
  else if (body.kind === 'chunked') {
    for await (const part of body.bytes) {
      if (part.length > 0) yield Buffer.concat([bytes(`${part.length.toString(16)}\r\n`), part, bytes('\r\n')])
    }
    const trailers = body.trailers.length > 0 ? linesOf(fieldsOf(request.rawTrailers)) : ''
    yield bytes(`0\r\n${trailers}\r\n`)
  }
  if (tail.length > 0) yield tail
}

function aboutUs({ name, hostname, ips }: Parts['identity'], { client }: Origin): string[] {
  return [
    ...(name === undefined ? [] : [`Name: ${name}`]),
    `Hostname: ${hostname}`,
    ...ips.map((ip) => `IP: ${ip}`),
    `RemoteAddr: ${hostPort(client)}`,
  ].map((line) => Buffer.from(line).toString('latin1'))
}

/** Address and port as Go writes them. */
export function hostPort({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function certificates({ socket }: Incoming): string[] {
  if (!('encrypted' in socket)) return []
  return clientSubjects(socket as TLSSocket).map((subject, index) =>
    Buffer.from(`Certificate[${index}] Subject: ${subject}`).toString('latin1'),
  )
}

type Body =
  | { kind: 'none' }
  | { kind: 'length'; length: number; bytes: AsyncIterable<Buffer> }
  | { kind: 'chunked'; bytes: AsyncIterable<Buffer>; trailers: string[] }

/** Methods whose requests usually have none: Go looks whether one comes before it says so. */
const USUALLY_WITHOUT = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'])

async function bodyOf({ request, isHttp2 }: Exchange): Promise<Body> {
  const { headers, method = 'GET' } = request
  const all = request as AsyncIterable<Buffer>
  const trailers = (headers.trailer ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  if (headers['transfer-encoding'] !== undefined) return { kind: 'chunked', bytes: all, trailers }
  const length = Number(headers['content-length'] ?? 0)
  if (length > 0) return { kind: 'length', length, bytes: all }
  if (!isHttp2 || headers['content-length'] !== undefined || isEnded(request)) return { kind: 'none' }
  if (!USUALLY_WITHOUT.has(method)) return { kind: 'chunked', bytes: all, trailers }
  const iterator = all[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done) return { kind: 'none' }
  return { kind: 'chunked', bytes: continued(first.value, iterator), trailers }
}

function isEnded(request: Incoming): boolean {
  return 'stream' in request && request.stream.endAfterHeaders
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** What Go's Request.Write makes of itself, and leaves out of the other fields. */
const OWN = new Set(['Host', 'User-Agent', 'Content-Length', 'Transfer-Encoding', 'Trailer'])
const DEFAULT_AGENT = 'Go-http-client/1.1'
/** Says its length also when it has no body. */
const WITH_LENGTH = new Set(['POST', 'PUT', 'PATCH'])

function requestHead(exchange: Exchange, body: Body): string {
  const { request, path, search, host } = exchange
  const fields = fieldsOf(request.rawHeaders)
  const agent = fields.find(([name]) => name === 'User-Agent')?.[1] ?? DEFAULT_AGENT
  const connection = fields.filter(([name]) => name === 'Connection').map(([, value]) => value)
  const { method = 'GET' } = request
  return [
    `${method} ${escapedPath(path)}${search} HTTP/1.1\r\n`,
    `Host: ${host}\r\n`,
    agent === '' ? '' : `User-Agent: ${agent}\r\n`,
    isClosing(request, connection) && !hasToken(connection.slice(0, 1), 'close') ? 'Connection: close\r\n' : '',
    framing(body, method),
    linesOf(otherFields(fields, exchange.isHttp2)),
    '\r\n',
  ].join('')
}

function framing(body: Body, method: string): string {
  switch (body.kind) {
    case 'none':
      return WITH_LENGTH.has(method) ? 'Content-Length: 0\r\n' : ''
    case 'length':
      return `Content-Length: ${body.length}\r\n`
    case 'chunked': {
      const names = [...new Set(fieldsOf(body.trailers.flatMap((name) => [name, ''])).map(([name]) => name))].sort()
      return `Transfer-Encoding: chunked\r\n${names.length > 0 ? `Trailer: ${names.join(',')}\r\n` : ''}`
    }
  }
}

function isClosing({ httpVersionMajor, httpVersionMinor }: Incoming, connection: string[]): boolean {
  if (httpVersionMajor > 1) return false
  return hasToken(connection, 'close') || (httpVersionMinor === 0 && !hasToken(connection, 'keep-alive'))
}

/** HTTP/2 may send a cookie in pieces, which are one field. */
function otherFields(fields: readonly Field[], isHttp2: boolean): Field[] {
  const others = fields.filter(([name]) => !OWN.has(name))
  if (!isHttp2) return others
  const cookies = others.filter(([name]) => name === 'Cookie').map(([, value]) => value)
  if (cookies.length < 2) return others
  return [...others.filter(([name]) => name !== 'Cookie'), ['Cookie', cookies.join('; ')]]
}

function linesOf(fields: readonly Field[]): string {
  return sorted(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
