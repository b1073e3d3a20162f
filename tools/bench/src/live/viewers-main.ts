// Viewers who only count what they get, in a process of its own. One buffer takes what comes in for all of them, so that nothing is
// allocated: that takes twice the CPU time of a program in C, which is not what is measured, and needs no compiler.
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeAmf } from '@livepods/media-server/amf0'
import { toChunks } from '@livepods/media-server/chunks'
import { FlvReader } from '@livepods/media-server/flv-reader'
import { servePeer } from '../peer-port.ts'
import { percentile } from '../statistics.ts'

export type Protocol = 'FLV' | 'RTMP'

/** Where a stream is. */
export interface Address {
  protocol: Protocol
  port: number
  app: string
  key: string
}

type Viewers = Address & { count: number }

const AT_ONCE = 50
/** More than a server answers who gets no video. */
const JOINED_BYTES = 16_384
const JOIN_WITHIN_MS = 20_000
const COMMAND = 20
const VIDEO = 9
/** C0 and C1, and what a server says to it: S0, S1 and S2 (RTMP 1.0, 5.2). */
const HELLO = Buffer.concat([Buffer.of(3), Buffer.alloc(1536)])
const HELLO_ANSWER_BYTES = 1 + 2 * 1536

const buffer = Buffer.allocUnsafe(256 * 1024)
const viewers: { destroy(): unknown }[] = []
let bytes = 0
/** Arrival minus timestamp of frames, in milliseconds. */
const offsets: number[] = []

const operations = {
  /** Resolves when so many more get the stream, or when time is up: with how many do. */
  join: async ({ count, ...address }: Viewers) => {
    const late = sleep(JOIN_WITHIN_MS, undefined, { ref: false })
    let joined = 0
    const one = async () => {
      if (await join(address)) joined++
    }
    for (let left = count; left > 0; left -= AT_ONCE)
      await Promise.race([late, Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, one))])
    return { joined }
  },
  /** So many more by FLV, who do not read what does not fit into their buffers. */
  stall: async ({ count, ...address }: Viewers) => {
    for (let n = 0; n < count; n++) ask(address, connect(address.port, '127.0.0.1'))
    return {}
  },
  /** So many more by FLV, whose frames are timed. */
  watch: async ({ count, ...address }: Viewers) => {
    for (let n = 0; n < count; n++) watch(address)
    return {}
  },
  /** By how many milliseconds frames since the last call were later than the one that was least late, p99. */
  lag: async (_: object) => {
    const seen = offsets.splice(0)
    return { p99Ms: percentile(seen, 0.99) - percentile(seen, 0) }
  },
  /** What those who joined have got until now. */
  received: async (_: object) => ({ bytes }),
  leave: async (_: object) => {
    for (const viewer of viewers.splice(0)) viewer.destroy()
    return {}
  },
}

export type ViewerOperations = typeof operations

await servePeer(operations)

/** Whether it gets the stream: resolves when it does, or its connection is closed. */
async function join(address: Address): Promise<boolean> {
  const { promise: joined, resolve } = Promise.withResolvers<boolean>()
  let isAsked = address.protocol === 'FLV'
  let got = 0
  const callback = (size: number) => {
    bytes += size
    got += size
    if (!isAsked && got >= HELLO_ANSWER_BYTES) {
      isAsked = true
      socket.write(rtmpPlay(address))
    }
    if (got >= JOINED_BYTES) resolve(true)
    return true
  }
  const socket = connect({ port: address.port, host: '127.0.0.1', onread: { buffer, callback } })
  ask(address, socket).once('close', () => resolve(false))
  return await joined
}

function ask({ protocol, app, key }: Address, socket: Socket): Socket {
  viewers.push(socket.setNoDelay().on('error', () => {})) // missing bytes say it
  const http = `GET /${app}/${key}.flv HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`
  socket.write(protocol === 'RTMP' ? HELLO : http)
  return socket
}

/** C2, and at once all that asks for a stream: no server needs us to wait for its answers. Each command is less than a chunk (128 bytes). */
function rtmpPlay({ port, app, key }: Address): Buffer {
  const command = (streamId: number, payload: Buffer) => toChunks({ type: COMMAND, streamId, timestamp: 0, payload })
  return Buffer.concat([
    Buffer.alloc(1536),
    command(0, encodeAmf('connect', 1, { app, tcUrl: `rtmp://127.0.0.1:${port}/${app}` })),
    command(0, encodeAmf('createStream', 2, null)),
    command(1, encodeAmf('play', 3, null, key)),
  ])
}

function watch({ port, app, key }: Address): void {
  const reader = new FlvReader()
  const request = get(`http://127.0.0.1:${port}/${app}/${key}.flv`, (response) =>
    response.on('data', (piece: Buffer) => {
      const now = performance.now()
      for (const { type, timestamp } of reader.read(piece)) if (type === VIDEO) offsets.push(now - timestamp)
    }),
  )
  viewers.push(request.on('error', () => {}))
}
