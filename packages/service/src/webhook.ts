import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import { version } from './version.ts'

/** Where somebody is told of what happens here. */
export interface Webhook {
  url: string
  /** Present: each body is signed with it. */
  secret?: string | undefined
  /** The service that tells, for `user-agent`. */
  service: string
}

export interface DeliveryOptions {
  /** Ends it: what is under way is dropped. */
  signal: AbortSignal
  answerWithinMs: number
  backoff: { baseMs: number; maxMs: number }
}

/** `refused`: the answer was one that another try does not change; `dropped`: there was no good one within all tries, or it was ended. */
export type Delivery = { result: 'sent' } | { result: 'refused' | 'dropped'; reason: string }

const TRIES = 15
/** Another try may have another answer. */
const PASSING = [408, 425, 429]

/** Sends a body until it is answered with 2xx or refused, at most 15 times. Never rejects. */
export async function deliverWebhook(
  webhook: Webhook,
  body: object,
  { signal, answerWithinMs, backoff }: DeliveryOptions,
): Promise<Delivery> {
  let reason = 'the service stops'
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(backoffMs(tries, backoff), undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    try {
      const status = await postWebhook(webhook, body, AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]))
      if (status >= 200 && status < 300) return { result: 'sent' }
      reason = `answered ${status}`
      if (status < 500 && !PASSING.includes(status)) return { result: 'refused', reason }
    } catch (error) {
      reason = (error as Error).message
    }
  }
  return { result: 'dropped', reason }
}

/**
 * Sends a body as JSON, signed as webhooks of GitHub are: `x-hub-signature-256: sha256=<hex>`. Resolves with the status of the answer;
 * rejects when there is none before `signal` aborts.
 */
export async function postWebhook(
  { url, secret, service }: Webhook,
  body: object,
  signal: AbortSignal,
): Promise<number> {
  const text = JSON.stringify(body)
  const response = await fetch(url, {
    method: 'POST',
    // Where it is told must not be decided by who is told.
    redirect: 'manual',
    signal,
    headers: {
      'content-type': 'application/json',
      'user-agent': `livepods-${service}/${version}`,
      ...(secret && { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}` }),
    },
    body: text,
  })
  await response.body?.cancel()
  return response.status
}
