import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { version } from '@livepods/service'
import type { App } from './app.ts'

/**
 * /openapi.json and /docs, made from the schemas of the routes that are registered after this. Where a body may have several media
 * types and only one is validated as JSON, `config: { describedBody }` says what they are.
 */
export function describeApi(app: App, info: { title: string; description: string }): void {
  app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { ...info, version } },
    transform: ({ schema, url, route }) => {
      const { describedBody } = (route.config ?? {}) as { describedBody?: object }
      return { schema: describedBody ? { ...schema, body: describedBody } : schema, url }
    },
  })
  app.register(swaggerUi, { routePrefix: '/docs', staticCSP: false })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
