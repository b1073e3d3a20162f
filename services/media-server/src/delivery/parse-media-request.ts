import type { IncomingMessage } from 'node:http'
import { bearerOf } from '@livepods/access'
import { sessionOf } from '@livepods/http'
import type { Protocol } from '../hub/protocol.ts'
import type { StreamRequest } from '../hub/request.ts'
import { parseStreamName } from '../stream-name.ts'

/** What a request for media asks for, and with which credentials; undefined: it is for something else. */
export function parseMediaRequest(
  { url = '/', headers }: IncomingMessage,
  { protocol, client }: { protocol: Protocol; client: string },
): StreamRequest | undefined {
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  if (!path.endsWith('.flv')) return undefined
  const token = bearerOf(headers.authorization) ?? new URLSearchParams(query).get('token') ?? undefined
  // A name has no character that a URL would have to escape.
  return {
    name: parseStreamName(path.slice(0, -'.flv'.length)),
    protocol,
    client,
    token,
    session: sessionOf(headers.cookie),
  }
}
