import type { App } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { UPLOAD_WITHIN_MS } from './limits.ts'
import { requestContextOf } from './request-context.ts'
import { requestSignal } from './request-signal.ts'
import { tooLarge, UPLOAD_TYPES } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'
import type { Uploads } from './uploads.ts'

/** Registers the parser of image bodies, which gives a handler the bytes as a stream. */
export function addImageParser(app: App, { maxBytes }: Pick<Uploads, 'maxBytes'>): void {
  app.addContentTypeParser(UPLOAD_TYPES, async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
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
    mediaType: request.headers['content-type']?.split(';', 1)[0]?.trim(),
    context: requestContextOf(request),
    key: request.headers['idempotency-key'] as string | undefined,
    signal: requestSignal(reply, UPLOAD_WITHIN_MS),
  })
}
