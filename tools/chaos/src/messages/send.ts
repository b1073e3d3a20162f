import { MessagesClient } from '@livepods/messages'
import type { MessageOperation, Numbered, Request } from './evidence.ts'

export interface Order {
  f: Request
  messages: MessageOperation['value']['messages']
  key?: string
}

export type Answer = Pick<MessageOperation, 'type'> & Pick<MessageOperation['value'], 'told' | 'text' | 'error'>

export interface Ways {
  /** http://host:port of a relay, always the same: a key is known there alone. */
  relay: string
  /** http://host:port behind which each connection comes to another relay. */
  relays: string
}

/** One request and what its answer means: only what says so is ok, only what cannot have been stored is a fail. */
export async function send(order: Order, { relay, relays }: Ways, patienceMs: number): Promise<Answer> {
  try {
    if (order.key === undefined) return await sendNumbered(order, relays, patienceMs)
    return await sendKeyed(order, relay, patienceMs)
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    return { type: 'info', error: cause?.code ?? message }
  }
}

async function sendNumbered({ messages }: Order, url: string, answerWithinMs: number): Promise<Answer> {
  using client = new MessagesClient({ url, answerWithinMs })
  const results = await client.send(messages.map(({ body, ...number }) => ({ ...number, content: body })))
  const other = results.find(({ result }) => result !== 'taken')
  return other ? { type: 'info', error: JSON.stringify(other) } : { type: 'ok' }
}

async function sendKeyed({ f, messages, key = '' }: Order, url: string, patienceMs: number): Promise<Answer> {
  const response = await fetch(`${url}${f === 'php' ? '/relay.php' : '/v1/messages'}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'idempotency-key': key },
    body: messages[0]?.body ?? '',
    signal: AbortSignal.timeout(patienceMs),
  })
  const text = await response.text()
  if (!response.ok) {
    const type = response.status < 500 ? 'fail' : 'info'
    return { type, error: `${response.status} ${text.slice(0, 200)}` }
  }
  return f === 'php' ? { type: 'ok', text } : { type: 'ok', told: JSON.parse(text) as Numbered }
}
