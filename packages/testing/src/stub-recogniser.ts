// A face-recognition service without faces: what it says of a picture follows from the path alone, how it says it from STUB_…
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import { faces, type IdentifyRequest__Output, type IdentifyResponse } from '@livepods/protos'
import { run } from '@livepods/service'
import { port, ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'
import { stubAnswer } from './stub-answer.ts'

const Env = Type.Object({
  ...ServiceEnv,
  PORT: port(50051, 'port of gRPC'),
  STUB_CONTROL_PORT: port(0, 'HTTP: PUT / with {latencyMs, failures} changes how it behaves from then on'),
  STUB_LATENCY_MS: Type.Number({ minimum: 0, maximum: 600_000, default: 0, description: 'time before each answer' }),
  STUB_FAILURES: Type.Number({ minimum: 0, maximum: 1, default: 0, description: 'share of calls that fail' }),
})

await run({ service: 'face-recognition', env: Env }, async ({ config, log, ops, stack }) => {
  const behaviour = { latencyMs: config.STUB_LATENCY_MS, failures: config.STUB_FAILURES }
  let calls = 0
  let failed = 0

  const Identify = unary<IdentifyRequest__Output, IdentifyResponse>(log, async ({ request, signal }) => {
    calls++
    if (behaviour.latencyMs > 0) await sleep(behaviour.latencyMs, undefined, { signal })
    // Evenly spread, and the same in every run: of 10 calls with 0.3, the 4th, 7th and 10th.
    if (Math.floor(calls * behaviour.failures) > Math.floor((calls - 1) * behaviour.failures)) {
      failed++
      throw new RpcError(status.UNAVAILABLE, 'The stub fails as it is told to.')
    }
    return stubAnswer(request.path ?? '')
  })
  const services = [
    {
      definition: faces.FaceRecognitionService.service,
      handlers: { Identify },
      roles: { Identify: 'submit' } as const,
    },
  ]
  const server = stack.use(new GrpcServer({ services, log, closeWithinMs: config.STOP_WITHIN_SECONDS * 700 }))
  await server.listen({ host: config.HOST, port: config.PORT })

  const control = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.once('end', () => {
      Object.assign(behaviour, JSON.parse(body))
      log.info(behaviour, 'behaviour changed')
      response.end()
    })
  })
  // While this process takes over from another one, that one has the port still.
  const again = setInterval(() => control.listening || control.listen(config.STUB_CONTROL_PORT, config.HOST), 100)
  control.on('error', () => {})
  control.listen(config.STUB_CONTROL_PORT, config.HOST)
  stack.defer(() => {
    clearInterval(again)
    control.close()
    control.closeAllConnections()
  })
  ops.reports('stub', () => ({ ...behaviour, calls, failed }))
  server.serving = true
})
