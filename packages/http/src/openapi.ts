import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { version } from '@livepods/service'
import type { FastifyContextConfig, FastifySchema } from 'fastify'
import type { App } from './app.ts'
import { givePluginsRole } from './guard.ts'

/**
 * /openapi.json and /docs, made from the schemas of the routes that are registered after this.
 */
export function describeApi(app: App, info: { title: string; description: string }, isGuarded: boolean): void {
  const securitySchemes = { bearer: { type: 'http', scheme: 'bearer' } } as const
  app.register(swagger, {
    openapi: {
      ...{ openapi: '3.1.0', info: { ...info, version } },
      ...(isGuarded && { components: { securitySchemes }, security: [{ bearer: [] }] }),
    },
    transform: ({ schema, url, route }) => {
      const describedBody = route.config?.describedBody
      const description = described(schema, route.config)
      return { schema: { ...schema, description, ...(describedBody && { body: describedBody }) }, url }
    },
  })
  app.register(async (docs: App) => {
    givePluginsRole(docs, 'read')
    docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: false })
  })
  app.get('/openapi.json', { config: { role: 'read' }, schema: { hide: true } }, async () => app.swagger())
}

function described({ description }: FastifySchema = {}, { role }: FastifyContextConfig = {}): string {
  return [description, `Role: ${role}.`].filter(Boolean).join(' ')
}
