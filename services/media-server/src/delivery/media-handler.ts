import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress, type HandleFirst, ProblemError } from '@livepods/http'
import type { Log } from '@livepods/service'
import { headFlv, playFlv, publishFlv } from '../flv/http-flv.ts'
import type { StreamAccess, StreamRequest } from '../hub/request.ts'
import { parseMediaRequest } from './parse-media-request.ts'
import { sendProblem, toProblem } from './problems.ts'

/** Players run on pages of other sites, too; what they may see, their token says. */
const SHARED = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
const METHODS = 'GET, HEAD, POST, OPTIONS'
const PREFLIGHT = {
  ...SHARED,
  'access-control-allow-methods': METHODS,
  'access-control-allow-headers': 'authorization, content-type, range',
  'access-control-max-age': '86400',
}

export interface MediaHandlerOptions {
  streams: StreamAccess
  /** Proxies in front that say who asks. */
  trustProxy: string | undefined
  log: Log
}

/** Takes requests for media before fastify, which would cost each of them more than their media. */
export function mediaHandler({ streams, trustProxy, log }: MediaHandlerOptions): HandleFirst {
  const addressOf = clientAddress(trustProxy)
  return (request, response) => {
    const wanted = parseMediaRequest(request, { protocol: 'http-flv', client: addressOf(request) })
    if (!wanted) return false
    answer(streams, wanted, request, response).catch((error: unknown) => {
      // The client has gone.
      if (request.socket.destroyed || response.headersSent) return void request.socket.destroy()
      const problem = toProblem(error)
      if (!problem) log.error({ err: error, stream: wanted.name }, 'media request failed')
      sendProblem(response, problem ?? new ProblemError(500, 'The server failed; its log says why.'), SHARED)
    })
    return true
  }
}

async function answer(
  streams: StreamAccess,
  wanted: StreamRequest,
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
    case 'OPTIONS':
      return void response.writeHead(204, PREFLIGHT).end()
    default:
      throw new ProblemError(405, `Media is asked for with ${METHODS}.`, { headers: { allow: METHODS } })
  }
}
