import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { eventually } from '@livepods/testing'

interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A program that hooks call. */
export interface HookReceiver extends AsyncDisposable {
  url: string
  received: Received[]
  /** What it answers, one after the other; then 200. */
  answers: number[]
  /** Whether it keeps its callers waiting. */
  isStalled: boolean
  /** Answers all who wait, with 200. */
  release(): void
  /** Callers that wait, and have not gone. */
  waiting(): number
  /** Names and ids of the events that came to a path, once there are so many. */
  events(path: string, count: number): Promise<{ event: string; id: string }[]>
}

export async function hookReceiver(): Promise<HookReceiver> {
  const waiting = new Set<ServerResponse>()
  const receive = ({ url = '', headers }: IncomingMessage, response: ServerResponse, body: string) => {
    receiver.received.push({ path: url, headers, body })
    if (!receiver.isStalled) return void response.writeHead(receiver.answers.shift() ?? 200).end('{}')
    waiting.add(response)
    response.once('close', () => waiting.delete(response))
  }
  const server = createServer((request, response) => {
    text(request).then(
      (body) => receive(request, response, body),
      // It has given up.
      () => {},
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: HookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answers: [],
    isStalled: false,
    release: () => {
      for (const response of waiting) response.writeHead(200).end('{}')
    },
    waiting: () => waiting.size,
    events: async (path, count) =>
      await eventually(() => {
        const found = receiver.received.filter((one) => one.path === path)
        assert.equal(found.length, count)
        return found.map(({ body }) => {
          const [[event, { info }] = ['', { info: { id: '' } }]] = Object.entries(
            JSON.parse(body) as Record<string, { info: { id: string } }>,
          )
          return { event, id: info.id }
        })
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}
