import { ProblemError, sendProblem } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MAX_CONCURRENT_UPLOADS, UPLOAD_SLOW } from './limits.ts'
import type { LimitRequests } from './request-limit.ts'

interface Upload {
  request: FastifyRequest
  reply: FastifyReply
  /** Milliseconds. */
  since: number
  /** What the connection had brought before. */
  bytesBefore: number
}

export interface UploadSlotsOptions {
  atOnce?: number
  /** Milliseconds. */
  now?: () => number
}

/**
 * An `onRequest` hook that takes at most `atOnce` uploads at a time. When all slots are taken, the slowest upload below the least rate ends
 * with 408, one of the client that has most of the slots; only where all are fast enough is one more refused with 503.
 */
export function limitUploads({
  atOnce = MAX_CONCURRENT_UPLOADS,
  now = () => performance.now(),
}: UploadSlotsOptions = {}): LimitRequests {
  const uploads = new Set<Upload>()
  return async (request, reply) => {
    if (uploads.size >= atOnce) {
      const slow = slowest(uploads, now())
      if (!slow) throw full(atOnce)
      uploads.delete(slow)
      end(slow)
    }
    const upload = { request, reply, since: now(), bytesBefore: request.raw.socket.bytesRead }
    uploads.add(upload)
    reply.raw.once('close', () => uploads.delete(upload))
  }
}

function slowest(uploads: ReadonlySet<Upload>, at: number): Upload | undefined {
  const clients = Map.groupBy(uploads, ({ request }) => clientOf(request))
  const slow = [...uploads]
    .filter(({ request, since }) => !request.raw.complete && at - since >= UPLOAD_SLOW.afterMs)
    .map((upload) => ({
      upload,
      share: clients.get(clientOf(upload.request))?.length ?? 0,
      rate: rateOf(upload, at),
    }))
    .filter(({ rate }) => rate < UPLOAD_SLOW.bytesPerSecond)
  return slow.toSorted((one, other) => other.share - one.share || one.rate - other.rate)[0]?.upload
}

function rateOf({ request, since, bytesBefore }: Upload, at: number): number {
  return (request.raw.socket.bytesRead - bytesBefore) / ((at - since) / 1000)
}

/** Who sends: by the token where there is one; else by the address, behind trusted proxies that which they forward. */
function clientOf({ actor, ip }: FastifyRequest): string {
  return `${actor} ${ip}`
}

/** Answers at once: its handler still waits for the photo, and gives up when the answer is sent. */
function end({ request, reply }: Upload): void {
  const { bytesPerSecond } = UPLOAD_SLOW
  const detail = `The photo came with less than ${bytesPerSecond} bytes a second while others waited. Nothing of it was stored; send it again.`
  request.log.warn({ client: request.ip }, 'slow upload ended')
  reply.hijack()
  sendProblem(reply.raw, new ProblemError(408, detail), { requestId: request.id })
}

function full(atOnce: number): ProblemError {
  return new ProblemError(503, `${atOnce} photos are being accepted already. Send it again in a second.`, {
    headers: { 'retry-after': '1' },
  })
}
