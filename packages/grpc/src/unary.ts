import { type handleUnaryCall, Metadata, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { histogram, type Log } from '@livepods/service'
import { RpcError, status } from './errors.ts'
import { actorOf } from './guard.ts'

export interface Call<Request> {
  request: Request
  /** Aborts when the client cancelled or its deadline passed. */
  signal: AbortSignal
  requestId: string | undefined
  /** Who calls, for logs. */
  actor: string
  /** What is set here is sent after the answer, as trailing metadata. */
  trailer: Metadata
  log: Log
}

export const duration = histogram({
  name: 'grpc_server_duration_seconds',
  help: 'Time from a request to its answer.',
  labels: ['method', 'code'],
})

/** Adapts an async handler to grpc-js: answers exactly once, maps RpcError to its code and everything else to INTERNAL. */
export function unary<Request, Response>(
  log: Log,
  handle: (call: Call<Request>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => void answer(log, handle, call, callback)
}

async function answer<Request, Response>(
  log: Log,
  handle: (call: Call<Request>) => Promise<Response>,
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
): Promise<void> {
  const method = call.getPath()
  const requestId = call.metadata.get('x-request-id')[0]?.toString()
  const cancelled = new AbortController()
  call.on('cancelled', () => cancelled.abort(new RpcError(status.CANCELLED, 'The client gave up.')))
  const stopTimer = duration.startTimer({ method })
  const trailer = new Metadata()
  try {
    const response = await handle({
      request: call.request,
      trailer,
      signal: cancelled.signal,
      requestId,
      actor: actorOf(call.metadata),
      log: log.child({ requestId }),
    })
    stopTimer({ code: 'OK' })
    callback(null, response, trailer)
  } catch (error) {
    const { code, message, reason } = error instanceof RpcError ? error : UNEXPECTED
    stopTimer({ code: status[code] })
    if (error instanceof RpcError) log.debug({ method, requestId, code: status[code] }, message)
    else log.error({ err: error, method, requestId }, 'request failed')
    const metadata = new Metadata()
    if (reason !== undefined) metadata.set('reason', reason)
    callback({ code, details: message, metadata })
  }
}

const UNEXPECTED = { code: status.INTERNAL, message: 'The server failed; its log says why.', reason: undefined }
