import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress, type HandleFirst, ProblemError, sendProblem } from '@livepods/http'
import type { Log } from '@livepods/service'
import { headFlv, playFlv, publishFlv } from '../flv/http-flv.ts'
import type { StreamAccess } from '../hub/request.ts'
import { METHODS, PREFLIGHT, SHARED } from './cors.ts'
import { type MediaRequest, parseMediaRequest } from './parse-media-request.ts'
import { PresentationFiles } from './presentation-files.ts'
import { toProblem } from './problems.ts'

export interface MediaHandlerOptions {
  streams: StreamAccess
  /** Proxies in front that say who asks. */
  trustProxy: string | undefined
  log: Log
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal | undefined
  /** Aborts when requests are not to wait any longer; `draining` unless given. */
  closing?: AbortSignal | undefined
}

/** Takes requests for media before fastify, which would cost each of them more than their media. */
export function mediaHandler({
  streams,
  trustProxy,
  log,
  draining,
  closing = draining,
}: MediaHandlerOptions): HandleFirst {
  const addressOf = clientAddress(trustProxy)
  const files = new PresentationFiles({ draining, closing })
  return (request, response) => {
    const wanted = parseMediaRequest(request, { client: addressOf(request) })
    if (!wanted) return false
    answer(streams, files, wanted, request, response).catch((error: unknown) => {
      // The client has gone.
      if (request.socket.destroyed || response.headersSent) return void request.socket.destroy()
      if (draining?.aborted) response.shouldKeepAlive = false
      const problem = toProblem(error)
      if (!problem) log.error({ err: error, stream: wanted.name }, 'media request failed')
      sendProblem(response, problem ?? new ProblemError(500, 'The server failed; its log says why.'), {
        headers: SHARED,
      })
    })
    return true
  }
}

async function answer(
  streams: StreamAccess,
  files: PresentationFiles,
  wanted: MediaRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request
  if (method === 'OPTIONS') return void response.writeHead(204, PREFLIGHT).end()
  if (wanted.file.type === 'flv') return await answerFlv(streams, wanted, request, response)
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod('GET, HEAD, OPTIONS')
  const { file, query } = wanted
  if (file.type === 'time') {
    response.writeHead(200, { ...SHARED, ...TIME_HEADERS }).end(new Date().toISOString())
  } else if (file.type === 'alias') {
    const { search } = new URL(request.url ?? '', 'http://localhost')
    response.writeHead(302, { ...SHARED, location: `${file.path}${search}` }).end()
  } else await files.serve(await streams.present(wanted), { file, query }, request, response)
}

/** What it is for UTCTiming of DASH (http-iso): everybody may know. */
const TIME_HEADERS = { 'content-type': 'text/plain', 'cache-control': 'no-store' }

async function answerFlv(
  streams: StreamAccess,
  wanted: MediaRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // It came behind a request that has no answer yet, and would be written into that.
  if (response.socket !== request.socket) return void request.socket.destroy()
  const { method = 'GET' } = request
  switch (method) {
    case 'GET':
      return await playFlv(streams, wanted, response, SHARED)
    case 'HEAD':
      return await headFlv(streams, wanted, response, SHARED)
    case 'POST':
      return await publishFlv(streams, wanted, request, response)
    default:
      throw wrongMethod(METHODS)
  }
}

function wrongMethod(allow: string): ProblemError {
  return new ProblemError(405, `This is asked for with ${allow}.`, { headers: { allow } })
}
