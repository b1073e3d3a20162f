import { type Driven, drive, type Shape } from '../drive.ts'
import { HttpLane } from '../http-lane.ts'

export interface Post {
  port: number
  path: string
  body: string
  type: string
  /** In one body. */
  messages: number
}

/** A message as senders have it: a line of 80 characters. */
export const BODY = 'Message sent from 10.0.0.7 on Mon Nov 30 15:37:29 UTC 2026'.padEnd(80, '.')

export const single = { path: '/v1/messages', body: BODY, type: 'text/plain', messages: 1 }

/** Numbered messages as a batch. */
export function batchOf(messages: readonly { stream: string; seq: number }[]): Omit<Post, 'port'> {
  const body = messages.map((number) => `${JSON.stringify({ ...number, body: BODY })}\n`).join('')
  return { path: '/v1/messages/batch', body, type: 'application/x-ndjson', messages: messages.length }
}

/** Posts again and again. Rejects when anything is refused. */
export async function post({ port, path, body, type, messages }: Post, shape: Shape): Promise<Driven> {
  using stack = new DisposableStack()
  const lanes = await Promise.all(Array.from({ length: shape.lanes }, () => HttpLane.connect(port)))
  for (const lane of lanes) stack.use(lane)
  const driven = await drive(shape, async (lane) => {
    const answer = await (lanes[lane] as HttpLane).post(path, body, type)
    if (answer.status !== 202 && answer.status !== 200)
      throw new Error(`${path} answers ${answer.status}: ${answer.body.toString('utf8', 0, 300)}`)
    return messages
  })
  if (driven.failures > 0) throw new Error(`${driven.failures} requests failed: ${driven.fault}`)
  return driven
}
