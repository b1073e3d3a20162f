import type { App } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { UPLOAD_WITHIN_MS } from './limits.ts'
import { originOf } from './origin.ts'
import { requestSignal } from './request-signal.ts'
import { tooLarge, UPLOAD_TYPES } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'
import type { Uploads } from './uploads.ts'

/** Gives handlers the bytes of a photo as a stream. */
export function readBytes(app: App, { maxBytes }: Pick<Uploads, 'maxBytes'>): void {
  app.addContentTypeParser(UPLOAD_TYPES, async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
    return payload
  })
}

/** One photo, as its bytes. */
export async function takeBytes(
  uploads: Pick<Uploads, 'take'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Receipt> {
  return await uploads.take({
    bytes: request.raw,
    mediaType: request.headers['content-type']?.split(';', 1)[0]?.trim(),
    origin: originOf(request),
    key: request.headers['idempotency-key'] as string | undefined,
    signal: requestSignal(reply, UPLOAD_WITHIN_MS),
  })
}
