import { HttpError } from './http-server.ts'
import { isValidName } from './names.ts'

/** The query parameter, or 400 `MISSING_ARG_…`. */
export function required(query: URLSearchParams, name: string): string {
  const value = query.get(name)
  if (value === null) throw new HttpError(400, `MISSING_ARG_${name.toUpperCase()}`)
  return value
}

/** Both names as the channel routes of nsqd and nsqlookupd want them, or 400. */
export function topicAndChannel(query: URLSearchParams): { topic: string; channel: string } {
  const topic = required(query, 'topic')
  if (!isValidName(topic)) throw new HttpError(400, 'INVALID_ARG_TOPIC')
  const channel = required(query, 'channel')
  if (!isValidName(channel)) throw new HttpError(400, 'INVALID_ARG_CHANNEL')
  return { topic, channel }
}
