import { createHmac } from 'node:crypto'
import { version } from '@livepods/service'

export interface HookTarget {
  url: string
  /** Present: each body is signed with it. */
  secret?: string | undefined
}

/**
 * Sends a body as JSON, signed as webhooks of GitHub are: `x-hub-signature-256: sha256=<hex>`. Resolves with the status of the answer;
 * rejects when there is none before `signal` aborts.
 */
export async function postHook({ url, secret }: HookTarget, body: object, signal: AbortSignal): Promise<number> {
  const text = JSON.stringify(body)
  const response = await fetch(url, {
    method: 'POST',
    // Where it is told must not be decided by who is told.
    redirect: 'manual',
    signal,
    headers: {
      'content-type': 'application/json',
      'user-agent': `livepods-media-server/${version}`,
      ...(secret && { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}` }),
    },
    body: text,
  })
  await response.body?.cancel()
  return response.status
}
