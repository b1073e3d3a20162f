import type { Protocol } from '../hub/protocol.ts'
import type { StreamRequest } from '../hub/request.ts'
import type { StreamName } from '../stream-name.ts'

export type Hook = 'publish' | 'unpublish' | 'play' | 'stop'

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
} as const satisfies Record<Hook, string>
/** What xiu calls its outputs. */
export const SUBSCRIBERS: Record<Protocol, string> = {
  rtmp: 'RtmpPull',
  'http-flv': 'RtmpRemux2HttpFlv',
  'websocket-flv': 'RtmpRemux2HttpFlv',
  cmaf: 'RtmpRemux2Hls',
}
const MAX_QUERY = 4096

/** The body of a hook as xiu has it. Whatever a stream is published by, it is `rtmp` with its messages. */
export function hookBody(hook: Hook, { id, request, hidesToken }: HookEvent): object {
  const { name = '', protocol, client } = request
  const identifier = identifierOf(name)
  const isPublisher = hook === 'publish' || hook === 'unpublish'
  const type = isPublisher ? { pub_type: 'RtmpPush' } : { sub_type: SUBSCRIBERS[protocol] }
  const notify_info = { request_url: urlOf(request, hidesToken), remote_addr: client }
  return { [EVENTS[hook]]: { identifier, info: { id, ...type, notify_info } } }
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
