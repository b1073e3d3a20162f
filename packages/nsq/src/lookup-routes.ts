import { required, topicAndChannel } from './arguments.ts'
import { type HttpAnswer, type HttpCall, HttpError, type HttpRoutes, PONG, silent } from './http-server.ts'
import type { LookupRegistry } from './lookup-registry.ts'
import { isValidName } from './names.ts'
import { VERSION } from './options.ts'

/** nsqlookupd's HTTP interface, without its debug routes. */
export function lookupRoutes(registry: LookupRegistry): HttpRoutes {
  return new Map<string, (call: HttpCall) => HttpAnswer>([
    ['GET /ping', () => PONG],
    ['GET /info', () => ({ version: VERSION })],
    ['GET /lookup', lookup],
    ['GET /topics', () => ({ topics: registry.topics() })],
    ['GET /channels', ({ query }) => ({ channels: registry.channels(required(query, 'topic')) })],
    ['GET /nodes', () => ({ producers: registry.nodes() })],
    ['POST /topic/create', silent(createTopic)],
    ['POST /topic/delete', silent(({ query }) => registry.removeTopic(required(query, 'topic')))],
    [
      'POST /topic/tombstone',
      silent(({ query }) => registry.tombstone(required(query, 'topic'), required(query, 'node'))),
    ],
    ['POST /channel/create', silent(createChannel)],
    ['POST /channel/delete', silent(deleteChannel)],
  ])

  function lookup({ query }: HttpCall): object {
    const topic = required(query, 'topic')
    const producers = registry.producers(topic)
    if (producers === undefined) throw new HttpError(404, 'TOPIC_NOT_FOUND')
    return { channels: registry.channels(topic), producers }
  }

  function createTopic({ query }: HttpCall): void {
    const topic = required(query, 'topic')
    if (!isValidName(topic)) throw new HttpError(400, 'INVALID_ARG_TOPIC')
    registry.create(topic)
  }

  function createChannel({ query }: HttpCall): void {
    const { topic, channel } = topicAndChannel(query)
    registry.create(topic, channel)
  }

  function deleteChannel({ query }: HttpCall): void {
    const { topic, channel } = topicAndChannel(query)
    if (!registry.removeChannel(topic, channel)) throw new HttpError(404, 'CHANNEL_NOT_FOUND')
  }
}
