import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { type RpcError, status } from './errors.ts'
import { duration } from './unary.ts'

/** Why a call of the method with that path cannot be answered now, if so. */
export type Refusal = (path: string) => RpcError | undefined

/** Asks before a request comes in: what nobody will look at need not be received. */
export function admitCalls(refusal: Refusal): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const refused = refusal(path)
            if (!refused) return pass(metadata)
            duration.observe({ method: path, code: status[refused.code] }, 0)
            call.sendStatus({ code: refused.code, details: refused.message })
          },
        }),
    })
}
