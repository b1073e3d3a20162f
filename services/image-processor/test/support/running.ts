import { once } from 'node:events'
import { connect } from 'node:net'
import { Broker } from '@livepods/nsq'
import { OpsServer, readEnvironment } from '@livepods/service'
import { eventually, spawnService, type TestDatabase } from '@livepods/testing'
import { Env } from '../../src/config.ts'
import { ImageProcessor } from '../../src/image-processor.ts'
import { log, stores } from './images.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url)
const RETRY = new URL('../../src/retry.ts', import.meta.url)

/** For `start`: who is silent for a second has lost its photos. */
export const SHORT_LEASE = { LEASE_SECONDS: '1' }

/**
 * A database and a broker, and the processes of this service on them, all ended together. Times are short, but for the lease: a test whose
 * worker goes away says for how long it has one (SHORT_LEASE), and no worker of the others loses its photo because the machine is busy.
 */
export async function running() {
  const stack = new AsyncDisposableStack()
  const part = stack.use(await stores())
  const broker = stack.use(await Broker.start({ host: '127.0.0.1' }))
  const environment = environmentOn(part, broker)
  return {
    ...part,
    broker,
    channel: () => broker.stats({ topic: 'images' }).topics[0]?.channels[0],
    start: async (grpcAddress: string, more: Record<string, string> = {}) =>
      stack.use(await spawnService(MAIN, { ...environment, GRPC_ADDRESS: grpcAddress, ...more })),
    retry: async (...args: string[]) => stack.use(await spawnService(RETRY, environment, args)),
    retryWith: async (more: Record<string, string>, ...args: string[]) =>
      stack.use(await spawnService(RETRY, { ...environment, ...more }, args)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The image-processor in this process, with the same short times. Stops when it is disposed of. */
export async function startHere(
  part: Pick<TestDatabase, 'environment'>,
  broker: Broker,
  more: Record<string, string>,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const config = readEnvironment(Env, { ...environmentOn(part, broker), ...more })
  const ops = stack.use(await OpsServer.listen({ service: 'image-processor', host: '127.0.0.1', port: 0 }))
  const stopping = new AbortController()
  const processor = stack.use(new ImageProcessor({ config, log, ops, signal: stopping.signal }))
  await processor.start()
  stack.defer(() => stopping.abort())
  return stack.move()
}

function environmentOn({ environment }: Pick<TestDatabase, 'environment'>, broker: Broker): Record<string, string> {
  return {
    ...environment,
    NSQ_LOOKUP_ADDRESS: broker.lookupHttpAddress,
    PRODUCER_ADDRESS: broker.tcpAddress,
    PRODUCER_HTTP_ADDRESS: broker.httpAddress,
    SWEEP_EVERY_SECONDS: '0.2',
    BACKOFF_BASE_SECONDS: '0.05',
    PING_BASE_SECONDS: '0.3',
  }
}

export type Status = {
  parts: {
    breaker: {
      state: string
      nextPingAt?: string
      history: { at: string; to: string; reason: string; process: string }[]
    }
    queue: { state: string; connections: string[]; depth?: number; pending?: { images: number; oldestSeconds: number } }
  }
}

export async function statusOf(ops: string): Promise<Status> {
  return (await (await fetch(`${ops}/status`)).json()) as Status
}

export async function metric(ops: string, line: string): Promise<number> {
  const text = await (await fetch(`${ops}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')[1],
  )
}

/** Publishes over TCP, byte by byte as a kube-cluster-sample receiver does. */
export async function publishRaw(address: string, ...bodies: Buffer[]): Promise<void> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
  socket.write('  V2')
  for (const body of bodies) {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(body.length)
    socket.write(Buffer.concat([Buffer.from('PUB images\n'), size, body]))
    // OK or an error frame; either way the next may come.
    await once(socket, 'data')
  }
  socket.destroy()
}

/** `eventually` for what several processes must do on a busy machine. */
export async function soon<T>(attempt: () => Promise<T> | T): Promise<T> {
  return await eventually(attempt, { everyMs: 50 })
}
