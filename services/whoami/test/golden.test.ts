import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { after, before, suite, test } from 'node:test'
import { connect as connectTls, type SecureVersion } from 'node:tls'
import { subjectOf } from '../src/certificate.ts'
import { type CertificateFiles, certificateFiles } from './support/certificate-files.ts'
import { authority, client } from './support/certificates.ts'
import { type Started, startWhoami } from './support/start.ts'
import { type Answer, ask, open, parseAnswer, readAll, readUntil } from './support/wire.ts'

// What traefik/whoami answered. The rows are asked in their order: what /health says depends on those before.
const golden: Golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8'))

interface Row {
  name: string
  localPort: number
  request: string
  response: string
  /** Where the original is at fault: what is wanted instead. */
  ours?: string
}

interface Http2Row {
  name: string
  request: OutgoingHttpHeaders
  body: string
  status: number
  headers: IncomingHttpHeaders
  trailers: Record<string, string>
  response: string
}

interface Golden {
  variables: { hostname: string; ips: string[]; environment: Record<'plain' | 'named', Record<string, string>> }
  http: Row[]
  withName: Row[]
  websocket: { name: string; steps: { sent: string; received: string }[] }[]
  h2c: Http2Row[]
  grpc: Http2Row[]
  h2overTls: Http2Row[]
  tls: { name: string; request: string; response: string; protocol: string }[]
  clientCertificate: string
}

const { hostname, ips, environment } = golden.variables
/** These have another value in every answer. */
const CHANGING = new Set(['date', 'last-modified'])

/** What is answered instead, for each sentence that says what is wanted. */
const INSTEAD: Record<string, (recorded: Answer, row: Row) => Answer> = {
  'same body; Content-Length instead of chunks': withLength,
  'all bytes, the last one is |': (recorded, { request }) => {
    const size = Number(/size=(\d+)/.exec(request)?.[1])
    return withLength({ ...recorded, body: pattern(size) })
  },
  'one byte more: size counts, ranges are of size (…/100)': (recorded, { request }) => {
    const size = Number(/size=(\d+)/.exec(request)?.[1])
    const [, first, last] = /bytes=(\d+)-(\d*)/.exec(request) ?? []
    const body = pattern(size).slice(Number(first ?? 0), last ? Number(last) + 1 : size)
    const range = `bytes ${first}-${Number(first) + body.length - 1}/${size}`
    const fields = recorded.fields.map(([name, value]) => [name, name === 'Content-Range' ? range : value])
    return withLength({ ...recorded, fields: fields as Answer['fields'], body })
  },
  'not a number: 400 with a sentence (the original sends its default, 0 bytes)': () =>
    refusal('size must be a whole number from 0, like 40, not "99999999999999999999".\n'),
  '400 at the POST, state unchanged': (_, { name }) =>
    name === 'health after null'
      ? parsed('HTTP/1.1 299 x\r\nDate: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      : refusal('The body must be a status from 200 to 599, like 503, and nothing else.\n'),
}

suite('golden', () => {
  let plain: Started
  let named: Started
  let encrypted: Started
  let files: CertificateFiles
  before(async () => {
    files = await certificateFiles()
    const { WHOAMI_CERT, WHOAMI_KEY } = files.variables
    encrypted = await startWhoami({ variables: { WHOAMI_CERT, WHOAMI_KEY }, hostname, ips })
    const start = (variables: Record<string, string>, environment: Record<string, string>) =>
      startWhoami({
        variables: { SHOW_ENV: Object.keys(environment).join(','), ...variables },
        environment,
        hostname,
        ips,
      })
    plain = await start({}, environment.plain)
    named = await start({ WHOAMI_NAME: 'the name' }, environment.named)
  })
  after(async () => {
    await plain[Symbol.asyncDispose]()
    await named[Symbol.asyncDispose]()
    await encrypted[Symbol.asyncDispose]()
    await files[Symbol.asyncDispose]()
  })

  for (const row of golden.http) test(`http: ${row.name}`, async () => await compare(plain, row))
  for (const row of golden.withName) test(`with a name: ${row.name}`, async () => await compare(named, row))

  for (const { name, steps } of golden.websocket)
    test(`websocket: ${name}`, async () => {
      const socket = await open(plain.port)
      for (const { sent, received } of steps) {
        const answer = received === '' ? '' : readUntil(socket, (text) => text.length >= received.length)
        socket.write(sent, 'latin1')
        assert.equal(await answer, received)
      }
      socket.destroy()
    })

  for (const row of golden.h2c) test(`h2c: ${row.name}`, async () => await compareHttp2(plain, row))
  for (const row of golden.grpc) test(`gRPC: ${row.name}`, async () => await compareHttp2(plain, row))

  for (const row of golden.h2overTls)
    test(`HTTP/2 over TLS: ${row.name}`, async () => {
      const session = connect(`https://127.0.0.1:${encrypted.port}`, { ca: authority })
      // The recorded one listened on another port, whose number is as long or not.
      const response = row.response.replace('127.0.0.1:8884', `127.0.0.1:${encrypted.port}`)
      const length = String(Number(row.headers['content-length']) + response.length - row.response.length)
      await compareStream(session, { ...row, response, headers: { ...row.headers, 'content-length': length } })
    })

  for (const { name, request, response, protocol } of golden.tls)
    test(`TLS: ${name}`, async () => {
      const maxVersion = protocol as SecureVersion
      const own = name === 'with one that nobody checks' ? client : {}
      const socket = connectTls({ port: encrypted.port, host: '127.0.0.1', ca: authority, maxVersion, ...own })
      await once(socket, 'secureConnect')
      assert.equal(socket.getProtocol(), protocol)
      const { localPort } = socket
      socket.write(request)
      const answer = parsed(await readAll(socket), request)
      const expected = parsed(response, request)
      assert.deepEqual(comparable(answer.fields), comparable(expected.fields))
      const recordedPort = /RemoteAddr: 127.0.0.1:(\d+)/.exec(expected.body)?.[1]
      assert.equal(answer.body.replaceAll(`127.0.0.1:${localPort}`, `127.0.0.1:${recordedPort}`), expected.body)
    })

  test('the subject of the recorded certificate', () => {
    const subject = subjectOf(new X509Certificate(golden.clientCertificate).raw)
    assert.ok(golden.tls.some(({ response }) => response.includes(`Certificate[0] Subject: ${subject}\n`)))
  })
})

async function compare({ port }: Started, row: Row): Promise<void> {
  const { localPort, ...answer } = await ask(port, row.request)
  const recorded = row.response === '' ? parsed('HTTP/1.1 0 x\r\n\r\n') : parsed(row.response, row.request)
  const expected = row.ours === undefined ? recorded : INSTEAD[row.ours]?.(recorded, row)
  assert.ok(expected, `nothing is known of ${row.ours}`)
  assert.equal(answer.status, expected.status)
  assert.deepEqual(comparable(answer.fields), comparable(expected.fields))
  assert.equal(answer.body.replaceAll(`127.0.0.1:${localPort}`, `127.0.0.1:${row.localPort}`), expected.body)
}

async function compareHttp2({ port }: Started, row: Http2Row): Promise<void> {
  await compareStream(connect(`http://127.0.0.1:${port}`), row)
}

async function compareStream(session: ClientHttp2Session, row: Http2Row): Promise<void> {
  const stream = session.request(row.request)
  let text = ''
  let trailers: IncomingHttpHeaders = {}
  stream.on('trailers', (received) => (trailers = received))
  stream.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')))
  if (!stream.writableEnded) stream.end(Buffer.from(row.body, 'latin1'))
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  await once(stream, 'close')
  const { localPort } = session.socket
  session.close()
  const isChanging = (name: string) => name === 'date'
  assert.deepEqual(without(headers, isChanging), without(row.headers, isChanging))
  assert.deepEqual(
    without(trailers, () => false),
    row.trailers,
  )
  const recordedPort = /RemoteAddr: 127.0.0.1:(\d+)/.exec(row.response)?.[1]
  assert.equal(text.replaceAll(`127.0.0.1:${localPort}`, `127.0.0.1:${recordedPort}`), row.response)
}

function without(headers: IncomingHttpHeaders, isLeftOut: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isLeftOut(name)))
}

function comparable(fields: Answer['fields']): string[] {
  return fields.map(([name, value]) => (CHANGING.has(name.toLowerCase()) ? name : `${name}: ${value}`)).sort()
}

function parsed(text: string, request = ''): Answer {
  const answer = parseAnswer(text, { isHead: request.startsWith('HEAD '), isEnded: true })
  assert.ok(answer)
  return answer
}

function withLength(answer: Answer): Answer {
  const others = answer.fields.filter(([name]) => name !== 'Transfer-Encoding' && name !== 'Content-Length')
  return { ...answer, fields: [...others, ['Content-Length', String(answer.body.length)]] }
}

function refusal(body: string): Answer {
  return parsed(
    `HTTP/1.1 400 x\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n` +
      `Date: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function pattern(size: number): string {
  return `|${'ABCDEFGHIJKLMNOPQRSTUVWXYZ-'.repeat(size).slice(0, size - 2)}|`
}
