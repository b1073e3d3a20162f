import type { TrackKind } from '../cmaf/presentation.ts'
import type { Segment } from '../cmaf/window.ts'
import type { Protocol } from '../hub/protocol.ts'
import type { StreamRequest } from '../hub/request.ts'
import type { StreamName } from '../stream-name.ts'

/** Of a publisher or a viewer. */
export type ClientHook = 'publish' | 'unpublish' | 'play' | 'stop'
export type Hook = ClientHook | 'hls'

/** Who publishes or watches. */
export interface HookEvent {
  /** The same when it comes and when it leaves. */
  id: string
  request: StreamRequest
  /** The receiver is not to judge by `?token=`, and is not told it. */
  hidesToken: boolean
}

const EVENTS = {
  publish: 'Publish',
  unpublish: 'UnPublish',
  play: 'Subscribe',
  stop: 'UnSubscribe',
} as const satisfies Record<ClientHook, string>
/** What xiu calls its outputs. */
export const SUBSCRIBERS: Record<Protocol, string> = {
  rtmp: 'RtmpPull',
  'http-flv': 'RtmpRemux2HttpFlv',
  'websocket-flv': 'RtmpRemux2HttpFlv',
  cmaf: 'RtmpRemux2Hls',
}
const MAX_QUERY = 4096

/** The body of a hook as xiu has it. Whatever a stream is published by, it is `rtmp` with its messages. */
export function hookBody(hook: ClientHook, { id, request, hidesToken }: HookEvent): object {
  const { name = '', protocol, client } = request
  const identifier = identifierOf(name)
  const isPublisher = hook === 'publish' || hook === 'unpublish'
  const type = isPublisher ? { pub_type: 'RtmpPush' } : { sub_type: SUBSCRIBERS[protocol] }
  const notify_info = { request_url: urlOf(request, hidesToken), remote_addr: client }
  return { [EVENTS[hook]]: { identifier, info: { id, ...type, notify_info } } }
}

/** The body of `hls`, as xiu has it: of a segment that is whole; `path` is where it is served, for it is no file. */
export function segmentBody(
  name: StreamName,
  kind: TrackKind,
  { segment, discontinuity, isEnd }: { segment: Segment; discontinuity: boolean; isEnd: boolean },
): object {
  const file = `${kind}-${segment.number}.m4s`
  const described = {
    duration: Math.round(segment.duration * 1000),
    discontinuity,
    name: file,
    path: `/${name}/${file}`,
    is_eof: isEnd,
  }
  return { OnHls: { identifier: identifierOf(name), segment: described } }
}

/** A stream as xiu names it. */
export function identifierOf(name: StreamName): { rtmp: { app_name: string; stream_name: string } } {
  const slash = name.lastIndexOf('/')
  return { rtmp: { app_name: name.slice(0, slash), stream_name: name.slice(slash + 1) } }
}

/** Path and query: which host a client believes to talk to is of no use behind a load balancer. */
function urlOf({ name = '', query }: StreamRequest, hidesToken: boolean): string {
  const shown = new URLSearchParams(query)
  if (hidesToken) shown.delete('token')
  const text = shown.toString()
  return text === '' || text.length > MAX_QUERY ? `/${name}` : `/${name}?${text}`
}
