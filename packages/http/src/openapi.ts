import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { version } from '@livepods/service'
import type { App } from './app.ts'

/** /openapi.json and /docs, made from the schemas of the routes that are registered after this. */
export function describeApi(app: App, info: { title: string; description: string }): void {
  app.register(swagger, { openapi: { openapi: '3.1.0', info: { ...info, version } } })
  app.register(swaggerUi, { routePrefix: '/docs', staticCSP: false })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
