import { isIPv6 } from 'node:net'
import type { Producer } from './lookup.ts'
import type { NsqHttp } from './nsq-http.ts'

/** nsqd sends null for a list that it has not made. */
interface Stats {
  topics?: { depth?: number; channels?: { channel_name?: string; depth?: number }[] | null }[] | null
}

/** Messages that wait for a consumer of the channel, in all of `producers` that answer; rejects when none does. */
export async function channelDepth(
  http: NsqHttp,
  producers: readonly Producer[],
  { topic, channel }: { topic: string; channel: string },
): Promise<number> {
  // Not of the channel alone: nsqd leaves out a topic that does not have it yet.
  const query = new URLSearchParams({ format: 'json', topic, include_clients: 'false', include_mem: 'false' })
  const answers = await Promise.allSettled(
    producers.map(async ({ host, httpPort }) => {
      const stats = await http.get(`http://${isIPv6(host) ? `[${host}]` : host}:${httpPort}/stats?${query}`)
      return depthIn(stats as Stats, channel)
    }),
  )
  const depths = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value)
  if (producers.length > 0 && depths.length === 0) throw new Error('No nsqd tells its depth.')
  return depths.reduce((sum, depth) => sum + depth, 0)
}

/** A topic keeps what was published before it had a channel. */
function depthIn({ topics }: Stats, channel: string): number {
  const waiting = (topics ?? []).flatMap(({ depth = 0, channels }) => [
    depth,
    ...(channels ?? []).filter(({ channel_name }) => channel_name === channel).map(({ depth = 0 }) => depth),
  ])
  return waiting.reduce((sum, depth) => sum + depth, 0)
}
