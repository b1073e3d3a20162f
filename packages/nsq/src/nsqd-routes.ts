import { hostname } from 'node:os'
import { required, topicAndChannel } from './arguments.ts'
import type { Channel } from './channel.ts'
import { type HttpAnswer, type HttpCall, HttpError, type HttpRoutes, NO_ANSWER, PONG, silent } from './http-server.ts'
import { readBatch } from './message-batch.ts'
import { isValidName } from './names.ts'
import { VERSION } from './options.ts'
import { ProtocolError } from './protocol-error.ts'
import type { Shared } from './shared.ts'
import type { Stats, StatsFilter } from './stats.ts'
import { statsText } from './stats-text.ts'
import type { Topic } from './topic.ts'
import type { Topics } from './topics.ts'

/** What nsqd's HTTP routes need of the broker. */
export interface NsqdParts {
  readonly shared: Shared
  readonly topics: Topics
  readonly tcpPort: number
  readonly httpPort: number
  readonly startedAtMs: number
  stats(filter: StatsFilter): Stats
}

/** nsqd's HTTP interface, without its debug and config routes. */
export function nsqdRoutes(parts: NsqdParts): HttpRoutes {
  const { shared, topics } = parts
  const { settings } = shared
  const onTopic = (action: (topic: Topic) => void) => silent((call) => action(existingTopic(topics, call)))
  const onChannel = (action: (channel: Channel) => void) => silent((call) => action(existingChannel(topics, call)))

  return new Map<string, (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>>([
    ['GET /ping', () => PONG],
    ['GET /info', () => info(parts)],
    ['GET /stats', (call) => stats(parts, call)],
    ['POST /pub', publish],
    ['POST /mpub', publishBatch],
    ['POST /topic/create', silent((call) => topicToPublish(topics, call))],
    ['POST /topic/delete', silent((call) => topics.remove(existingTopic(topics, call).name))],
    ['POST /topic/empty', onTopic((topic) => topic.empty())],
    ['POST /topic/pause', onTopic((topic) => topic.pause(true))],
    ['POST /topic/unpause', onTopic((topic) => topic.pause(false))],
    ['POST /channel/create', silent(createChannel)],
    ['POST /channel/delete', silent(deleteChannel)],
    ['POST /channel/empty', onChannel((channel) => channel.empty())],
    ['POST /channel/pause', onChannel((channel) => channel.pause(true))],
    ['POST /channel/unpause', onChannel((channel) => channel.pause(false))],
  ])

  async function publish(call: HttpCall): Promise<HttpAnswer> {
    checkLength(call, settings.maxMessageBytes, 'MSG_TOO_BIG')
    const body = await call.body(settings.maxMessageBytes, 'MSG_TOO_BIG')
    if (body.length === 0) throw new HttpError(400, 'MSG_EMPTY')
    topicToPublish(topics, call).publish([body], delayMs(call.query.get('defer')))
    return shared.faults.dropAcks ? NO_ANSWER : 'OK'
  }

  async function publishBatch(call: HttpCall): Promise<HttpAnswer> {
    checkLength(call, settings.maxBodyBytes, 'BODY_TOO_BIG')
    const topic = topicToPublish(topics, call)
    const body = await call.body(settings.maxBodyBytes, 'BODY_TOO_BIG')
    topic.publish(isBinary(call.query) ? binaryBatch(body) : lines(body))
    return shared.faults.dropAcks ? NO_ANSWER : 'OK'
  }

  function createChannel(call: HttpCall): void {
    const { topic, channel } = topicOfChannel(topics, call)
    topic.channel(channel)
  }

  function deleteChannel(call: HttpCall): void {
    const { topic, channel } = topicOfChannel(topics, call)
    if (!topic.removeChannel(channel)) throw new HttpError(404, 'CHANNEL_NOT_FOUND')
  }

  function delayMs(text: string | null): number {
    if (text === null) return 0
    const ms = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
    if (ms <= settings.maxRequeueTimeoutMs) return ms
    throw new HttpError(400, 'INVALID_DEFER')
  }

  function binaryBatch(body: Buffer): Buffer[] {
    try {
      return readBatch(body, settings)
    } catch (error) {
      // nsqd answers with the code of the TCP protocol, without its E_.
      if (error instanceof ProtocolError) throw new HttpError(413, error.code.slice(2))
      throw error
    }
  }

  /** One message a line; empty lines are none. */
  function lines(body: Buffer): Buffer[] {
    const messages: Buffer[] = []
    for (let at = 0; at < body.length; ) {
      const newline = body.indexOf(10, at)
      const end = newline < 0 ? body.length : newline
      if (end - at > settings.maxMessageBytes) throw new HttpError(413, 'MSG_TOO_BIG')
      if (end > at) messages.push(body.subarray(at, end))
      at = end + 1
    }
    return messages
  }
}

function info({ shared, tcpPort, httpPort, startedAtMs }: NsqdParts): object {
  return {
    version: VERSION,
    broadcast_address: shared.settings.broadcastAddress,
    hostname: hostname(),
    http_port: httpPort,
    tcp_port: tcpPort,
    start_time: Math.floor(startedAtMs / 1000),
    // Go prints its durations as nanoseconds.
    max_heartbeat_interval: shared.settings.maxHeartbeatIntervalMs * 1e6,
    max_output_buffer_size: 65_536,
    max_output_buffer_timeout: 30e9,
    max_deflate_level: 6,
  }
}

function stats(parts: NsqdParts, { query }: HttpCall): string | object {
  const filter = {
    topic: query.get('topic') || undefined,
    channel: query.get('channel') || undefined,
    withClients: !isFalse(query.get('include_clients')),
    withMemory: !isFalse(query.get('include_mem')),
  }
  const answer = parts.stats(filter)
  return query.get('format') === 'json' ? withNulls(answer, filter, parts.topics) : statsText(answer)
}

/** As nsqd says it: a list that it has not made is null; of a topic that it does not have it makes none at all. */
function withNulls({ topics, producers, ...rest }: Stats, { topic, withClients }: StatsFilter, all: Topics): object {
  const isUnknown = topic !== undefined && all.find(topic) === undefined
  const withoutClients = topics.map(({ channels, ...rest }) => ({
    ...rest,
    channels: channels.map((channel) => ({ ...channel, clients: null })),
  }))
  return {
    ...rest,
    topics: isUnknown ? null : withClients ? topics : withoutClients,
    producers: withClients && !isUnknown && producers.length > 0 ? producers : null,
  }
}

function isFalse(text: string | null): boolean {
  return text === 'false' || text === '0'
}

function isBinary(query: URLSearchParams): boolean {
  return query.has('binary') && !isFalse(query.get('binary'))
}

function checkLength(call: HttpCall, most: number, tooBig: string): void {
  if (call.contentLength !== undefined && call.contentLength > most) throw new HttpError(413, tooBig)
}

/** The topic of the query, made when there is none. */
function topicToPublish(topics: Topics, { query }: HttpCall): Topic {
  const name = required(query, 'topic')
  if (!isValidName(name)) throw new HttpError(400, 'INVALID_TOPIC')
  return topics.topic(name)
}

function existingTopic(topics: Topics, { path, query }: HttpCall): Topic {
  const name = required(query, 'topic')
  // Of nsqd's topic routes only this one validates the name.
  if (path === '/topic/empty' && !isValidName(name)) throw new HttpError(400, 'INVALID_TOPIC')
  const topic = topics.find(name)
  if (topic === undefined) throw new HttpError(404, 'TOPIC_NOT_FOUND')
  return topic
}

function topicOfChannel(topics: Topics, { query }: HttpCall): { topic: Topic; channel: string } {
  const names = topicAndChannel(query)
  const topic = topics.find(names.topic)
  if (topic === undefined) throw new HttpError(404, 'TOPIC_NOT_FOUND')
  return { topic, channel: names.channel }
}

function existingChannel(topics: Topics, call: HttpCall): Channel {
  const { topic, channel } = topicOfChannel(topics, call)
  const found = topic.channels.get(channel)
  if (found === undefined) throw new HttpError(404, 'CHANNEL_NOT_FOUND')
  return found
}
