import { RpcError, status } from '@livepods/grpc'
import {
  ImageMissingError,
  ImageUnreadableError,
  PathRefusedError,
  StoreAwayError,
  StoreUnavailableError,
} from '@livepods/images'
import { counter } from '@livepods/service'
import { BusyError, QueueFullError, RecognitionTimeoutError } from '../engine/worker-pool.ts'
import { WorkerLostError } from '../engine/worker-thread.ts'

/** What is wrong with a picture, and a sentence about it. */
export interface PictureFault {
  outcome: 'refused' | 'missing' | 'unreadable'
  detail: string
}

const REASONS = [
  'refused',
  'missing',
  'unreadable',
  'queue_full',
  'busy',
  'takes_too_long',
  'worker_lost',
  'store_away',
] as const
type Reason = (typeof REASONS)[number]

const rejects = counter({
  name: 'face_rejects_total',
  help: 'Pictures that could not be looked at.',
  labels: ['reason'],
  values: REASONS,
})

/** Translates what an identification threw: a fault of the picture is returned, one of the server is thrown as RpcError. */
export function pictureFault(error: unknown): PictureFault {
  const reason = reasonOf(error)
  if (reason) rejects.inc({ reason })
  switch (reason) {
    case 'refused':
    case 'missing':
    case 'unreadable':
      return { outcome: reason, detail: (error as Error).message }
    case 'queue_full':
      throw exhausted(error as QueueFullError)
    case 'busy':
      // With a reason, so that it counts as no attempt: this picture was not recognised.
      throw new RpcError(status.RESOURCE_EXHAUSTED, (error as Error).message, { cause: error, reason: 'busy' })
    case 'takes_too_long':
      throw new RpcError(status.ABORTED, (error as Error).message, { cause: error })
    case 'worker_lost':
      throw new RpcError(status.UNAVAILABLE, (error as Error).message, { cause: error })
    case 'store_away':
      throw new RpcError(status.UNAVAILABLE, (error as Error).message, {
        cause: error,
        // So that no photo pays for it: without a reason it was one picture, while the store answered.
        ...(error instanceof StoreAwayError && { reason: error.code }),
      })
    case undefined:
      throw error
  }
}

/** The answer to a picture while the queue is full. */
export function refusalOf(full: QueueFullError | undefined): RpcError | undefined {
  if (full) rejects.inc({ reason: 'queue_full' })
  return full && exhausted(full)
}

function exhausted(full: QueueFullError): RpcError {
  return new RpcError(status.RESOURCE_EXHAUSTED, full.message, { cause: full })
}

function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof PathRefusedError) return 'refused'
  if (error instanceof ImageMissingError) return 'missing'
  if (error instanceof ImageUnreadableError) return 'unreadable'
  if (error instanceof QueueFullError) return 'queue_full'
  if (error instanceof BusyError) return 'busy'
  if (error instanceof RecognitionTimeoutError) return 'takes_too_long'
  if (error instanceof StoreUnavailableError) return 'store_away'
  if (error instanceof WorkerLostError) return 'worker_lost'
  return undefined
}
