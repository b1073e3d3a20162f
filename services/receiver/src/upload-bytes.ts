import type { App } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { UPLOAD_WITHIN_MS } from './limits.ts'
import { requestContextOf } from './request-context.ts'
import { requestSignal } from './request-signal.ts'
import { tooLarge } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'
import type { Uploads } from './uploads.ts'

/**
 * Gives a handler every body that is neither JSON nor a form as a stream, whatever its media type: clients send photos as image/jpg,
 * application/octet-stream, with none at all, or (curl --data-binary) as that of a form.
 */
export function addPhotoParser(app: App, { maxBytes }: Pick<Uploads, 'maxBytes'>): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
    return payload
  })
}

/** Accepts the photo whose bytes are the body of the request. */
export async function acceptBytes(
  uploads: Pick<Uploads, 'accept'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Receipt> {
  return await uploads.accept({
    bytes: request.raw,
    context: requestContextOf(request),
    key: request.headers['idempotency-key'] as string | undefined,
    signal: requestSignal(reply, UPLOAD_WITHIN_MS),
  })
}
