import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { counter, createLog, gauge, type Log } from '@livepods/service'
import type { Presentation } from '../../src/cmaf/presentation.ts'
import { mediaHandler } from '../../src/delivery/media-handler.ts'
import { WebSocketFlv } from '../../src/flv/websocket-flv.ts'
import type { StreamAccess } from '../../src/hub/request.ts'
import { StreamRefusedError } from '../../src/hub/stream-refused-error.ts'

/** The values of two metrics, which are there already. */
const blockedRequests = async () => (await gauge({ name: 'blocked_requests', help: '-' }).get()).values
const servedSeconds = async () => (await counter({ name: 'served_media_seconds_total', help: '-' }).get()).values

export interface DeliveryServer extends AsyncDisposable {
  /** http://127.0.0.1:<port> */
  url: string
  /** Everything that the log was told as an error. */
  faults: unknown[]
  /** Requests that wait. */
  blocked(): Promise<number>
  /** Of all servers of this process. */
  servedSeconds(): Promise<number>
  /** Sockets that are open. */
  connections(): Promise<number>
  /** As if the process was asked to stop. */
  drain(): void
}

/** What the media server delivers of the presentation live/key, without a hub, on a port of its own. */
export async function deliveryServer(presentation: Presentation): Promise<DeliveryServer> {
  const streams = {
    present: async ({ name }) => {
      if (name !== 'live/key') throw new StreamRefusedError('ABSENT', `Nobody publishes ${name} now.`)
      return presentation
    },
  } as Pick<StreamAccess, 'present'> as StreamAccess
  return await streamServer(streams)
}

/** What the media server does with requests for media of these streams, without API and pages, on a port of its own. */
export async function streamServer(streams: StreamAccess): Promise<DeliveryServer> {
  const stopping = new AbortController()
  const faults: unknown[] = []
  const log: Log = createLog('test', 'silent')
  log.error = (...words: unknown[]) => void faults.push(words)
  const handle = mediaHandler({ streams, trustProxy: undefined, log, draining: stopping.signal })
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404, { 'x-answered-by': 'fastify' }).end()
  })
  server.on('upgrade', new WebSocketFlv({ streams, trustProxy: undefined, log }).upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    blocked: async () => (await blockedRequests())[0]?.value ?? 0,
    servedSeconds: async () => (await servedSeconds())[0]?.value ?? 0,
    connections: async () => await promisify(server.getConnections).call(server),
    drain: () => stopping.abort(),
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
