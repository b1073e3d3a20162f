import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { counter } from '@livepods/service'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Hints } from './hints.ts'
import { HOOKS } from './kinds.ts'
import { TOLD_BY_PEER } from './peers.ts'

export interface HookRoutesOptions {
  hints: Pick<Hints, 'add'>
  /** Absent: there are no hooks. */
  hookSecret?: string | undefined
}

const MAX_BYTES = 256 * 1024

/** Their webhooks are a URL and nothing else. */
const IN_URL = ['docker-hub', 'quay']

const received = counter({
  name: 'image_watcher_hooks_total',
  help: 'Webhooks of registries: taken, ignored (nothing that is watched), refused.',
  labels: ['kind', 'result'],
})

/** POST /hooks/<kind>: a registry tells of a push. */
export async function hookRoutes(app: App, { hints, hookSecret }: HookRoutesOptions): Promise<void> {
  // The signature is that of the bytes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, done) => done(null, body))
  app.post(
    '/hooks/:kind',
    {
      bodyLimit: MAX_BYTES,
      // It has a secret of its own, which registries can send.
      config: { role: 'open' },
      schema: {
        summary: 'Tell of a push: the registry is asked at once',
        description: `Kinds: ${Object.keys(HOOKS).join(', ')}. HOOK_SECRET as \`authorization: Bearer\`, or the body's HMAC as
          \`x-hub-signature-256: sha256=<hex>\`; of ${IN_URL.join(' and ')}, which can send neither, as \`?token=\`.`,
        params: Type.Object({ kind: Type.String({ maxLength: 32 }) }),
        querystring: Type.Object({ token: Type.Optional(Type.String({ maxLength: 1000 })) }),
        response: {
          202: Type.Object({ repositories: Type.Integer() }),
          400: ProblemSchema,
          401: ProblemSchema,
          404: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { kind } = request.params
      const token = IN_URL.includes(kind) ? request.query.token : undefined
      const read = Object.hasOwn(HOOKS, kind) ? HOOKS[kind] : undefined
      if (!read || hookSecret === undefined) throw new ProblemError(404, 'There is no such hook here.')
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (!isSigned(request.headers, { body, token, secret: hookSecret })) {
        received.inc({ kind, result: 'refused' })
        throw new ProblemError(401, 'The secret of the hook is missing, or another one.')
      }
      const repositories = hints.add(read(parse(body)), { byPeer: request.headers[TOLD_BY_PEER] !== undefined })
      received.inc({ kind, result: repositories > 0 ? 'taken' : 'ignored' })
      return await reply.code(202).send({ repositories })
    },
  )
}

function isSigned(
  { authorization, 'x-hub-signature-256': signature }: FastifyRequest['headers'],
  { body, token, secret }: { body: Buffer; token: string | undefined; secret: string },
): boolean {
  if (typeof signature === 'string')
    return isSame(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  if (token !== undefined) return isSame(token, secret)
  return authorization !== undefined && isSame(authorization, `Bearer ${secret}`)
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'))
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new ProblemError(400, 'The body is no JSON.', { cause })
  }
}
