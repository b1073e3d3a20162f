import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeReceiver extends AsyncDisposable {
  url: string
  /** What came, in its order: the media type, and the SHA-256 of bytes that came whole. */
  came: { type: string | undefined; sha256: string | undefined }[]
  /** Requests whose first byte of a body came. */
  begun: number
  /** Requests whose client left. */
  left: number
  /** What it answers; the bytes are those that came. */
  answer: (bytes: Buffer, request: IncomingMessage) => Promise<{ status: number; body: object }>
}

/** A receiver of photos that keeps none: it says what it is told to. */
export async function fakeReceiver(answer: FakeReceiver['answer']): Promise<FakeReceiver> {
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const type = request.headers['content-type']
    const chunks: Buffer[] = []
    request.once('data', () => (fake.begun += 1))
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      fake.left += 1
      return
    }
    const bytes = Buffer.concat(chunks)
    fake.came.push({ type, sha256: createHash('sha256').update(bytes).digest('hex') })
    const { status, body } = await fake.answer(bytes, request)
    const { href } = body as { href?: string }
    response.writeHead(status, { 'content-type': 'application/json', ...(href && { location: href }) })
    response.end(JSON.stringify(body))
  }
  const server = createServer((request, response) => void take(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const fake: FakeReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came: [],
    begun: 0,
    left: 0,
    answer,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return fake
}
