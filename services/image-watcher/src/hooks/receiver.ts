import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { counter } from '@livepods/service'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Hints } from './hints.ts'
import { HOOKS } from './kinds.ts'

export interface HookRoutesOptions {
  hints: Pick<Hints, 'add'>
  /** Absent: there are no hooks. */
  hookSecret?: string | undefined
}

const MAX_BYTES = 256 * 1024

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
          \`x-hub-signature-256: sha256=<hex>\`.`,
        params: Type.Object({ kind: Type.String({ maxLength: 32 }) }),
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
      const read = Object.hasOwn(HOOKS, kind) ? HOOKS[kind] : undefined
      if (!read || hookSecret === undefined) throw new ProblemError(404, 'There is no such hook here.')
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (!isSigned(request, body, hookSecret)) {
        received.inc({ kind, result: 'refused' })
        throw new ProblemError(401, 'The secret of the hook is missing, or another one.')
      }
      const repositories = hints.add(read(parse(body)))
      received.inc({ kind, result: repositories > 0 ? 'taken' : 'ignored' })
      return await reply.code(202).send({ repositories })
    },
  )
}

function isSigned({ headers }: FastifyRequest, body: Buffer, secret: string): boolean {
  const { authorization, 'x-hub-signature-256': signature } = headers
  if (typeof signature === 'string')
    return isSame(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
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
