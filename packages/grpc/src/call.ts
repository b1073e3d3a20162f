import {
  type Client,
  type ClientUnaryCall,
  Metadata,
  type CallOptions as RpcOptions,
  type requestCallback,
} from '@grpc/grpc-js'
import { histogram } from '@livepods/service'
import { CallError, status } from './errors.ts'

export interface CallOptions {
  /** Milliseconds until the call ends with DEADLINE_EXCEEDED. There is no call without one. */
  deadlineMs: number
  signal?: AbortSignal | undefined
  /** Sent along as metadata, such as `x-request-id` and `traceparent`. */
  headers?: Record<string, string | null | undefined>
}

/** The overloads that a generated client method has; inference needs all four. */
interface Method<Request, Response> {
  (request: Request, metadata: Metadata, options: RpcOptions, callback: requestCallback<Response>): ClientUnaryCall
  (request: Request, metadata: Metadata, callback: requestCallback<Response>): ClientUnaryCall
  (request: Request, options: RpcOptions, callback: requestCallback<Response>): ClientUnaryCall
  (request: Request, callback: requestCallback<Response>): ClientUnaryCall
}

const duration = histogram({
  name: 'grpc_client_duration_seconds',
  help: 'Time from a call to its answer.',
  labels: ['method', 'code'],
})

/** One call as a promise: `call(client, client.identify, request, …)`. Rejects with CallError. */
export async function call<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  { deadlineMs, signal, headers = {} }: CallOptions,
): Promise<Response> {
  signal?.throwIfAborted()
  const name = (method as { path?: string }).path ?? method.name
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(headers)) if (value) metadata.set(key, value)
  const stopTimer = duration.startTimer({ method: name })
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const answered: requestCallback<Response> = (error, response) => {
    stopTimer({ code: status[error?.code ?? status.OK] })
    if (!error) return resolve(response as Response)
    // A call has the authentication of the connection that it went out on, be it an empty one; null says that it found none. (Or that it
    // was given up before an answer; that has another status.)
    const unsent = error.code === status.UNAVAILABLE && running.getAuthContext() === null
    reject(new CallError(name, error, { unsent }))
  }
  const options: RpcOptions = { deadline: Date.now() + deadlineMs }
  const running: ClientUnaryCall = Reflect.apply(method, client, [request, metadata, options, answered])
  const cancel = () => running.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  return await promise.finally(() => signal?.removeEventListener('abort', cancel))
}
