import { gauge, histogram } from '@livepods/service'
import type { App } from './app.ts'
import { isChange } from './guard.ts'

const duration = histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of a request, to the end of its response.',
  labels: ['method', 'route', 'status'],
})

const inFlight = gauge({ name: 'http_requests_in_flight', help: 'Requests that are not completed yet.' })

/**
 * Measures every request and logs it with its actor. The level is warn for status 500 and above, info for other errors and for changes
 * (but those of routes with `isFrequent`), debug for the rest.
 */
export function measureRequests(app: App): void {
  app.addHook('onRequest', (_request, reply, done) => {
    inFlight.inc()
    reply.raw.once('close', () => inFlight.dec())
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request
    const { statusCode: status, elapsedTime } = reply
    const route = request.routeOptions.url ?? 'none'
    duration.observe({ method, route, status }, elapsedTime / 1000)
    const isTold = isChange(method) && !request.routeOptions.config.isFrequent
    const level = status >= 500 ? 'warn' : status >= 400 || isTold ? 'info' : 'debug'
    const { actor } = request
    request.log[level]({ method, route, status, actor, ms: Math.round(elapsedTime) }, 'request completed')
    done()
  })
}
