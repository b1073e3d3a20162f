import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatResults, InvalidMessageError, type Message, type Result, readBatch } from '@livepods/messages'

export interface StubSink extends AsyncDisposable {
  url: string
  /** What it took, in its order; of each stream the numbers are without gaps. */
  taken: Message[]
  /** The headers of its requests. */
  headers: IncomingHttpHeaders[]
  /** Asked before a request is answered; true: it has answered. */
  fault: ((response: ServerResponse, messages: Message[]) => boolean) | undefined
  /** Asked of each message; undefined: it is taken when its turn has come. */
  verdict: (message: Message) => Result | undefined
  /** The numbers that a stream begins after. */
  high: Map<string, number>
}

/** A sink in memory, for faults: it keeps the rules of the real one. */
export async function startStubSink(port = 0): Promise<StubSink> {
  const stub: StubSink = {
    url: '',
    taken: [],
    headers: [],
    fault: undefined,
    verdict: () => undefined,
    high: new Map(),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  const take = (message: Message): Result => {
    const { stream = 'none', seq = 0 } = message
    const next = (stub.high.get(stream) ?? 0) + 1
    if (seq > next) return { result: 'expected', seq: next }
    const verdict = stub.verdict(message)
    if (verdict) return verdict
    if (seq < next) return { result: 'duplicate' }
    stub.high.set(stream, seq)
    stub.taken.push(message)
    return { result: 'taken' }
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const read = await readBatch({ body: request, encoding: undefined })
    const messages = read.filter((message): message is Message => !(message instanceof InvalidMessageError))
    stub.headers.push(request.headers)
    if (stub.fault?.(response, messages)) return
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(formatResults(messages.map(take)))
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return stub
}
