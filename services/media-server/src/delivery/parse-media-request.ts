import type { IncomingMessage } from 'node:http'
import { bearerOf } from '@livepods/access'
import { sessionOf } from '@livepods/http'
import type { TrackKind } from '../cmaf/presentation.ts'
import type { Protocol } from '../hub/protocol.ts'
import type { StreamRequest } from '../hub/request.ts'
import { parseStreamName } from '../stream-name.ts'

/** What of a stream is asked for. */
export type MediaFile =
  | { type: 'flv' }
  | { type: 'multivariant'; plain: boolean }
  | { type: 'playlist'; kind: TrackKind; plain: boolean }
  | { type: 'mpd' }
  | { type: 'init'; name: string }
  | { type: 'segment'; kind: TrackKind; number: number }
  | { type: 'part'; kind: TrackKind; number: number; part: number }
  | { type: 'snapshot' }
  | { type: 'time' }
  /** It is elsewhere: a relative reference. */
  | { type: 'alias'; path: string }

export interface MediaRequest extends StreamRequest {
  file: MediaFile
  query: URLSearchParams
}

/** What a request for media asks for, and with which credentials; undefined: it is for something else. */
export function parseMediaRequest(
  { url = '/', headers }: IncomingMessage,
  { client, flv = 'http-flv' }: { client: string; flv?: Protocol },
): MediaRequest | undefined {
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  const found = parsePath(path)
  if (!found) return undefined
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
  return {
    ...found,
    query,
    protocol: found.file.type === 'flv' ? flv : 'cmaf',
    client,
    token: bearerOf(headers.authorization) ?? query.get('token') ?? undefined,
    session: sessionOf(headers.cookie),
  }
}

const FLV = /^(.*)\.flv$/s
const ALIAS = /^\/(?:hls\/([^/]+)\.m3u8|dash\/([^/]+)\.mpd)$/
const FILE = /^(.+)\/([^/]+)$/s
const MEDIA = /^(video|audio)-(\d{1,15})(?:\.(\d{1,6}))?\.m4s$/
const INIT = /^(?:video|audio)-\w+\.mp4$/

/** A name has no character that a URL would have to escape. */
function parsePath(path: string): { name: StreamRequest['name']; file: MediaFile } | undefined {
  const flv = FLV.exec(path)?.[1]
  if (flv !== undefined) return { name: parseStreamName(flv), file: { type: 'flv' } }
  const [isAlias, hls, dash] = ALIAS.exec(path) ?? []
  if (isAlias) {
    const file = hls === undefined ? `${dash}/manifest.mpd` : `${hls}/index.m3u8`
    return { name: parseStreamName(`live/${hls ?? dash}`), file: { type: 'alias', path: `../live/${file}` } }
  }
  const [, folder = '', base = ''] = FILE.exec(path) ?? []
  const name = parseStreamName(folder)
  const file = name === undefined ? undefined : parseFile(base, name)
  return file && { name, file }
}

const FILES: Record<string, MediaFile> = {
  'index.m3u8': { type: 'multivariant', plain: false },
  'plain.m3u8': { type: 'multivariant', plain: true },
  'video.m3u8': { type: 'playlist', kind: 'video', plain: false },
  'audio.m3u8': { type: 'playlist', kind: 'audio', plain: false },
  'video-plain.m3u8': { type: 'playlist', kind: 'video', plain: true },
  'audio-plain.m3u8': { type: 'playlist', kind: 'audio', plain: true },
  'manifest.mpd': { type: 'mpd' },
  'snapshot.mp4': { type: 'snapshot' },
  // With an ending, as all others: a stream may be called time.
  'time.txt': { type: 'time' },
}

function parseFile(base: string, name: string): MediaFile | undefined {
  if (Object.hasOwn(FILES, base)) return FILES[base]
  // As SRS and xiu name it: the stream's key again.
  if (base === `${name.slice(name.lastIndexOf('/') + 1)}.m3u8`) return { type: 'multivariant', plain: false }
  const [isMedia, kind, number, part] = MEDIA.exec(base) ?? []
  if (isMedia) {
    const of = { kind: kind as TrackKind, number: Number(number) }
    return part === undefined ? { type: 'segment', ...of } : { type: 'part', ...of, part: Number(part) }
  }
  return INIT.test(base) ? { type: 'init', name: base } : undefined
}
