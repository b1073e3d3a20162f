import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError, refuseOtherSites, sendProblem } from '@livepods/http'
import type { StreamAccess, StreamRequest } from '../hub/request.ts'
import { Subscriber } from '../hub/subscriber.ts'
import { FlvReader } from './flv-reader.ts'
import { flvFraming, flvHeader } from './tags.ts'

const HEADERS = { 'content-type': 'video/x-flv', 'cache-control': 'no-store', connection: 'close' }

/** Sends a stream for as long as it lasts. Rejects with StreamRefusedError. */
export async function playFlv(
  streams: StreamAccess,
  wanted: StreamRequest,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<void> {
  const socket = response.socket
  if (!socket) return
  // What follows the head is written to the socket itself: through `response` it would cost more than half as much again.
  const accept = () => {
    response.removeHeader('transfer-encoding')
    response.writeHead(200, { ...headers, ...HEADERS }).flushHeaders()
    socket.setTimeout(0)
  }
  const subscriber = new Subscriber(socket, {
    framing: flvFraming,
    protocol: wanted.protocol,
    accept,
    fileHeader: flvHeader,
  })
  const leave = await streams.play(wanted, subscriber)
  if (socket.destroyed) leave()
  else socket.once('close', leave)
}

/** Answers as `playFlv` would, with nothing behind the head. Rejects with StreamRefusedError. */
export async function headFlv(
  streams: StreamAccess,
  wanted: StreamRequest,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<void> {
  await streams.find(wanted)
  response.writeHead(200, { ...headers, ...HEADERS }).end()
}

/** Publishes the body of a request, and answers 204 when it has ended. Rejects with StreamRefusedError, ProtocolError or ProblemError. */
export async function publishFlv(
  streams: StreamAccess,
  wanted: StreamRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  refuseOtherSites({ method: 'POST', headers: request.headers })
  const reader = new FlvReader()
  const close = (reason: string) => {
    if (!response.headersSent) sendProblem(response, new ProblemError(409, reason))
  }
  const sink = await streams.publish({ ...wanted, close })
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false }))
      for (const message of reader.read(piece)) sink.write(message)
  } finally {
    sink.end()
  }
  if (!response.headersSent) response.writeHead(204).end()
}
