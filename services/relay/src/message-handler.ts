import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Access, ANYBODY, bearerOf } from '@livepods/access'
import {
  clientAddress,
  type HandleFirst,
  ProblemError,
  refuseOtherSites,
  requestIdOf,
  sendProblem,
  sessionOf,
  traceparentOf,
} from '@livepods/http'
import {
  contentFrom,
  formatResults,
  InvalidMessageError,
  MAX_BODY_BYTES,
  MAX_REQUEST_BYTES,
  type Message,
  type Result,
  readBatch,
  readMessage,
} from '@livepods/messages'
import { counter, type Log } from '@livepods/service'
import type { Answers } from './answers.ts'
import type { Intake, Origin, Stored } from './intake.ts'
import { translate } from './problems.ts'
import { Receiving, readBytes } from './receive.ts'

export interface MessageHandlerOptions {
  intake: Pick<Intake, 'store'>
  answers: Pick<Answers, 'of'>
  log: Log
  access?: Access | undefined
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop: from then on every answer closes its connection. */
  draining?: AbortSignal | undefined
}

/** A request, with what the answer to it needs. */
interface Call extends Origin {
  request: IncomingMessage
  requestId: string
  traceparent: string | undefined
}

interface Answer {
  status: number
  type: string
  body: string
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const NDJSON_TYPE = 'application/x-ndjson'

const requests = counter({
  name: 'relay_requests_total',
  help: 'Requests with messages, by route and status.',
  labels: ['route', 'status'],
})

/** Takes requests with messages before fastify, which would cost each of them more than the message. */
export function messageHandler(options: MessageHandlerOptions): HandleFirst {
  const { log, draining } = options
  const addressOf = clientAddress(options.trustProxy)
  const receiving = new Receiving()
  const routes: Record<string, { limit: number; answer: (call: Call) => Promise<Answer> }> = {
    '/relay.php': { limit: MAX_BODY_BYTES, answer: (call) => relayPhp(call, options) },
    '/v1/messages': { limit: MAX_REQUEST_BYTES, answer: (call) => single(call, options) },
    '/v1/messages/batch': { limit: MAX_REQUEST_BYTES, answer: (call) => batch(call, options) },
  }

  const take = async (request: IncomingMessage, response: ServerResponse, route: string): Promise<void> => {
    const requestId = requestIdOf(request)
    const client = addressOf(request)
    const { limit, answer } = routes[route] as (typeof routes)[string]
    try {
      const actor = enter(request, client, options.access)
      using _ = receiving.begin(request, limit)
      const key = keyOf(request, actor)
      const { status, type, body } = await answer({
        request,
        requestId,
        traceparent: traceparentOf(request.headers),
        client,
        key,
      })
      requests.inc({ route, status })
      if (draining?.aborted) response.setHeader('connection', 'close')
      response
        .writeHead(status, {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'x-content-type-options': 'nosniff',
          'x-request-id': requestId,
        })
        .end(body)
    } catch (error) {
      const problem = translate(error)
      if (!problem) log.error({ err: error, route, requestId }, 'request failed')
      const sent = problem ?? new ProblemError(500, 'The server failed; its log says why.')
      requests.inc({ route, status: sent.status })
      if (draining?.aborted) response.setHeader('connection', 'close')
      sendProblem(response, sent, { requestId, headers: { 'x-request-id': requestId } })
    }
  }

  return (request, response) => {
    const route = pathOf(request)
    if (!Object.hasOwn(routes, route)) return false
    if (request.method === 'POST') void take(request, response, route)
    else {
      const problem = new ProblemError(405, 'Messages are sent with POST.', { headers: { allow: 'POST' } })
      const requestId = requestIdOf(request)
      sendProblem(response, problem, { requestId, headers: { 'x-request-id': requestId } })
    }
    return true
  }
}

/** The address and the answers of the original relay; a body of any type is the message. */
async function relayPhp(call: Call, { intake, answers }: MessageHandlerOptions): Promise<Answer> {
  const { number } = await intake.store(await bodyAsMessage(call), call)
  const text = await answers.of(number)
  return text === undefined
    ? { status: 202, type: TEXT_TYPE, body: `Stored message from ${call.client}; it will be delivered` }
    : { status: 200, type: TEXT_TYPE, body: text }
}

async function single(call: Call, { intake }: MessageHandlerOptions): Promise<Answer> {
  const type = typeOf(call.request)
  if (type !== JSON_TYPE && type !== 'text/plain')
    throw new ProblemError(415, 'The content-type must be application/json or text/plain.')
  const message =
    type === JSON_TYPE ? withOrigin(await readMessage(bodyOf(call.request)), call) : await bodyAsMessage(call)
  const { stream, seq } = await intake.store(message, call)
  return { status: 202, type: JSON_TYPE, body: JSON.stringify({ stream, seq }) }
}

async function batch(call: Call, { intake }: MessageHandlerOptions): Promise<Answer> {
  if (typeOf(call.request) !== NDJSON_TYPE) throw new ProblemError(415, `The content-type must be ${NDJSON_TYPE}.`)
  if (call.key !== undefined)
    throw new ProblemError(400, 'An Idempotency-Key is for one message; number those of a batch with stream and seq.')
  const messages = await readBatch(bodyOf(call.request))
  const stored = await Promise.allSettled(
    messages.map(async (message) => {
      if (message instanceof InvalidMessageError) throw message
      return await intake.store(withOrigin(message, call), call)
    }),
  )
  // A batch that is sent again does no harm when its sender numbers it, or when nothing of it is stored.
  const failed = stored.flatMap((one) =>
    one.status === 'rejected' && !(one.reason instanceof InvalidMessageError) ? [one.reason as unknown] : [],
  )
  const isSafe =
    messages.every((message) => message instanceof InvalidMessageError || message.stream !== undefined) ||
    stored.every(({ status }) => status === 'rejected')
  if (failed.length > 0 && isSafe) throw failed[0]
  return { status: 200, type: NDJSON_TYPE, body: formatResults(stored.map(resultOf)) }
}

function resultOf(stored: PromiseSettledResult<Stored>): Result {
  if (stored.status === 'fulfilled') return { result: 'taken' }
  const problem = translate(stored.reason)
  if (!problem) throw stored.reason
  return { result: 'refused', status: problem.status, detail: problem.message }
}

async function bodyAsMessage(call: Call): Promise<Message> {
  if (call.request.headers['content-encoding'] !== undefined)
    throw new ProblemError(415, 'A text has no content-encoding; send JSON.')
  const { requestId, traceparent } = call
  const content = contentFrom(await readBytes(call.request, MAX_BODY_BYTES))
  return { content, requestId, ...(traceparent !== undefined && { traceparent }) }
}

/** With the request and the trace that brought it, unless it has its own. */
function withOrigin(message: Message, { requestId, traceparent }: Call): Message {
  return { requestId, ...(traceparent !== undefined && { traceparent }), ...message }
}

/** The name of who may send. Throws AccessRefusedError or ProblemError. */
function enter(request: IncomingMessage, client: string, access: Access | undefined): string {
  const { headers, method = 'POST' } = request
  refuseOtherSites({ method, headers })
  if (!access) return ANYBODY.name
  return access.enter({ token: bearerOf(headers.authorization), session: sessionOf(headers.cookie), client }, 'submit')
    .name
}

function keyOf({ headers }: IncomingMessage, actor: string): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,128}$/.test(key))
    throw new ProblemError(400, 'An Idempotency-Key has 1 to 128 printable ASCII characters.')
  return `${actor}\n${key}`
}

function typeOf({ headers }: IncomingMessage): string | undefined {
  return headers['content-type']?.split(';', 1)[0]?.trim()
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

function bodyOf(request: IncomingMessage) {
  return { body: request, encoding: request.headers['content-encoding'] }
}
