import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Broker } from '@livepods/nsq'
import { createLog } from '@livepods/service'
import { Consumer, type ConsumerOptions, Publisher } from '../../src/index.ts'

export const log = createLog('test', 'silent')

/** A broker, a publisher to it and a way to consume from it, all closed together. */
export async function consuming() {
  const stack = new AsyncDisposableStack()
  const broker = stack.use(await Broker.start({ host: '127.0.0.1' }))
  const publisher = stack.use(new Publisher({ address: `http://${broker.httpAddress}` }))
  const topic = `t${randomBytes(4).toString('hex')}`
  const consume = (handle: ConsumerOptions['handle'], options: Partial<ConsumerOptions> = {}) => {
    const consumer = stack.use(
      new Consumer({
        lookup: [broker.lookupHttpAddress],
        topic,
        channel: 'ch',
        concurrency: 4,
        lookupEveryMs: 50,
        handle,
        log,
        ...options,
      }),
    )
    consumer.start()
    return consumer
  }
  return {
    broker,
    publisher,
    topic,
    consume,
    publish: async (...texts: string[]) =>
      await publisher.publishMany(
        topic,
        texts.map((text) => Buffer.from(text)),
      ),
    channel: () => broker.stats({ topic }).topics[0]?.channels[0],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** An nsqlookupd that says what it is told to; `undefined` = it never answers. */
export async function fakeLookup(answer: (() => unknown) | undefined) {
  const server = createServer((_, response) => {
    if (answer) response.end(JSON.stringify(answer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What nsqlookupd says of an nsqd. */
export function producer(tcp: string, http: string) {
  return {
    broadcast_address: tcp.slice(0, tcp.lastIndexOf(':')),
    tcp_port: Number(tcp.split(':').at(-1)),
    http_port: Number(http.split(':').at(-1)),
  }
}
