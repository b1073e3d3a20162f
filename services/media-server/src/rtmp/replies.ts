import { type Amf, encodeAmf } from '../amf0.ts'
import { DATA } from '../hub/message.ts'
import { SET_CHUNK_SIZE } from './chunk-reader.ts'
import { CHUNK_BYTES, STREAM_ID, toChunks } from './chunks.ts'
import { COMMAND } from './rtmp-reader.ts'

export const ACKNOWLEDGEMENT = 3
export const USER_CONTROL = 4
export const WINDOW_SIZE = 5
const PEER_BANDWIDTH = 6

const STREAM_BEGIN = 0
const STREAM_EOF = 1
export const PING = 6
const PONG = 7

/** Clients acknowledge what they get once in so many bytes. */
const WINDOW_BYTES = 5_000_000
const DYNAMIC = 2
const CONTROL_CHUNK_STREAM = 2

export const PUBLISH_START = 'NetStream.Publish.Start'

/** What we take and pass on beyond the first RTMP (Enhanced RTMP v2): every codec, multitrack and ModEx. */
const ENHANCED = { capsEx: 0b110, fourCcList: ['*'], videoFourCcInfoMap: { '*': 4 }, audioFourCcInfoMap: { '*': 4 } }

/** The answer to `connect`, with what holds for the connection. */
export function connected(
  id: number,
  { isEnhanced, objectEncoding }: { isEnhanced: boolean; objectEncoding: number },
): Buffer {
  const server = { fmsVer: 'FMS/3,0,1,123', capabilities: 31, ...(isEnhanced && ENHANCED) }
  const status = {
    level: 'status',
    code: 'NetConnection.Connect.Success',
    description: 'Connected.',
    objectEncoding,
  }
  return Buffer.concat([
    control(WINDOW_SIZE, uint32(WINDOW_BYTES)),
    control(PEER_BANDWIDTH, Buffer.concat([uint32(WINDOW_BYTES), Buffer.of(DYNAMIC)])),
    control(SET_CHUNK_SIZE, uint32(CHUNK_BYTES)),
    result(id, server, status),
  ])
}

/** The answer to a command that went well. */
export function result(id: number, ...values: Amf[]): Buffer {
  return command(0, '_result', id, ...values)
}

/** The answer to FCPublish of who may publish; some encoders begin with it, and not with the status. */
export function fcPublished(): Buffer {
  return command(STREAM_ID, 'onFCPublish', 0, null, { code: PUBLISH_START, description: 'You are on air.' })
}

/** How publishing or playing goes. */
export function status(level: 'status' | 'error', code: string, description: string): Buffer {
  return command(STREAM_ID, 'onStatus', 0, null, { level, code, description })
}

/** The peer should connect again, to where the name of the server leads it (Enhanced RTMP v2). */
export function reconnectRequest(description: string): Buffer {
  const code = 'NetConnection.Connect.ReconnectRequest'
  return command(0, 'onStatus', 0, null, { level: 'status', code, description })
}

/** Before the first media of a player. */
export function playStart(): Buffer {
  return Buffer.concat([
    userControl(STREAM_BEGIN, uint32(STREAM_ID)),
    status('status', 'NetStream.Play.Reset', 'The stream begins.'),
    status('status', 'NetStream.Play.Start', 'The stream is on.'),
    toChunks({ type: DATA, streamId: STREAM_ID, timestamp: 0, payload: encodeAmf('|RtmpSampleAccess', true, true) }),
  ])
}

/** After the last media of a player. */
export function playEnd(): Buffer {
  return Buffer.concat([
    userControl(STREAM_EOF, uint32(STREAM_ID)),
    status('status', 'NetStream.Play.UnpublishNotify', 'The stream has ended.'),
  ])
}

/** @param bytes all that came over the connection */
export function acknowledgement(bytes: number): Buffer {
  return control(ACKNOWLEDGEMENT, uint32(bytes))
}

/** @param time the four bytes of the ping */
export function pong(time: Buffer): Buffer {
  return userControl(PONG, time)
}

function command(streamId: number, ...values: Amf[]): Buffer {
  return toChunks({ type: COMMAND, streamId, timestamp: 0, payload: encodeAmf(...values) })
}

function userControl(event: number, value: Buffer): Buffer {
  return control(USER_CONTROL, Buffer.concat([Buffer.of(0, event), value]))
}

function control(type: number, payload: Buffer): Buffer {
  return toChunks({ type, streamId: 0, timestamp: 0, payload }, CONTROL_CHUNK_STREAM)
}

/** Modulo 2^32. */
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value % 2 ** 32)
  return bytes
}
