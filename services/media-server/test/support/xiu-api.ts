export interface XiuStream {
  publisher: {
    id: string
    start_time: string
    identifier: object
    remote_address: string
    video: { codec: string; profile: string; level: string; width: number; height: number; gop: number }
    audio: { profile: string; 'bitrate(kbits/s)': number }
  }
  subscribers: Record<string, { id: string; sub_type: string }>
  subscriber_count: number
  total_recv_bytes: number
  total_send_bytes: number
}

interface Answer extends Omit<Response, 'json'> {
  json(): Promise<{ error_code: number; desp: string; data: unknown }>
}

/** With a body by POST. */
export async function query(url: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const request = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  return (await fetch(`${url}${path}`, request)) as Answer
}

export const identifier = (key: string) => ({ rtmp: { app_name: 'live', stream_name: key } })

/** Who publishes live/key, and who watches it. */
export async function idsOf(url: string): Promise<{ publisher: string; viewers: string[] }> {
  const { data } = await (await query(url, '/api/query_stream', { identifier: identifier('key') })).json()
  const [{ publisher, subscribers }] = data as [XiuStream]
  return { publisher: publisher.id, viewers: Object.keys(subscribers) }
}
