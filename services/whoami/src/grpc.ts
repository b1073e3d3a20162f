import { GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import { type EchoServiceHandlers, echo, type WhoamiHandlers, whoami, whoamiDefinition } from '@livepods/protos/whoami'
import type { Log } from '@livepods/service'
import type { Identity } from './identity.ts'

interface Options {
  log: Log
  identity: Pick<Identity, 'name' | 'hostname' | 'ips'>
  closeWithinMs: number
}

const MAX_ANSWERS = 1000
const MAX_EVERY_MS = 10_000

/** gRPC: the original's service, echoes of each kind of call, grpc.health.v1 and reflection; open to all. Not listening yet. */
export function buildGrpcServer({ log, identity, closeWithinMs }: Options): GrpcServer {
  const whoamiHandlers: WhoamiHandlers = {
    Bench: unary(log, async () => ({ data: 1 })),
    Whoami: unary(log, async () => {
      const { name, hostname, ips } = identity
      return { ...(name !== undefined && { name }), hostname, iface: ips }
    }),
  }
  const echoHandlers: EchoServiceHandlers = {
    Echo: unary(log, async ({ request: { payload, failWith } }) => {
      if (failWith !== 0) throw new RpcError(codeOf(failWith), 'This failure was asked for.')
      return { payload, hostname: identity.hostname }
    }),
    EchoServerStream: (call) => {
      const { payload, count, everyMs } = call.request
      if (count > MAX_ANSWERS || everyMs > MAX_EVERY_MS) {
        const details = `At most ${MAX_ANSWERS} answers, at least one each ${MAX_EVERY_MS / 1000} s.`
        call.emit('error', { code: status.INVALID_ARGUMENT, details })
        return
      }
      let number = 0
      const next = () => {
        if (call.cancelled) return
        if (number >= count) call.end()
        else if (call.write({ payload, number: ++number })) timer = setTimeout(next, everyMs)
        else call.once('drain', next)
      }
      let timer = setTimeout(next, 0)
      call.once('cancelled', () => clearTimeout(timer))
    },
    EchoClientStream: (call, callback) => {
      let [messages, bytes] = [0, 0]
      call.on('data', ({ payload }) => {
        messages++
        bytes += payload.length
      })
      call.on('error', () => {})
      call.once('end', () => callback(null, { messages, bytes }))
    },
    EchoStream: (call) => {
      call.on('error', () => {})
      call.on('data', ({ payload }) => {
        if (call.write({ payload })) return
        // A client that sends faster than it reads waits.
        call.pause()
        call.once('drain', () => call.resume())
      })
      call.once('end', () => call.end())
    },
  }
  return new GrpcServer({
    services: [
      { definition: whoami.Whoami.service, handlers: whoamiHandlers, roles: everybody(whoamiHandlers) },
      { definition: echo.EchoService.service, handlers: echoHandlers, roles: everybody(echoHandlers) },
    ],
    log,
    reflection: whoamiDefinition,
    closeWithinMs,
  })
}

/** No method is kept from anybody: without an `access` the server asks nobody for a token. */
function everybody(handlers: object): Record<string, 'read'> {
  return Object.fromEntries(Object.keys(handlers).map((name) => [name, 'read'] as const))
}

function codeOf(number: number): status {
  if (number in status) return number
  throw new RpcError(status.INVALID_ARGUMENT, `fail_with must be a status code of gRPC, 1 to 16, not ${number}.`)
}
