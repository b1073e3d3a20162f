import { ServerInterceptingCall, type ServerInterceptor, type ServiceDefinition } from '@grpc/grpc-js'
import { status } from './errors.ts'
import { duration } from './unary.ts'

/** In the place of a request whose bytes are no message of its type. */
const MALFORMED = Symbol('malformed request')

/** The same service, whose malformed requests are refused by `refuseMalformed`: grpc-js calls them INTERNAL, a fault of the server. */
export function withMalformed(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes)
      } catch {
        return MALFORMED
      }
    }
    return [name, { ...method, requestDeserialize }] as const
  })
  return Object.fromEntries(methods)
}

export const refuseMalformed: ServerInterceptor = ({ path }, call) => {
  let refused = false
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMessage: (message, pass) => {
          if (message !== MALFORMED) return pass(message)
          refused = true
          duration.observe({ method: path, code: status[status.INVALID_ARGUMENT] }, 0)
          call.sendStatus({
            code: status.INVALID_ARGUMENT,
            details: 'The request cannot be decoded: its bytes are no message of the type that this method takes.',
          })
        },
        onReceiveHalfClose: (pass) => {
          if (!refused) pass()
        },
      }),
  })
}
