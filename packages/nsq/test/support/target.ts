import { randomBytes } from 'node:crypto'
import { Broker, type ChannelStats, type Stats, type TopicStats } from '../../src/index.ts'
import { eventually } from './eventually.ts'
import { json } from './http.ts'

/** What the conformance tests run against: addresses as `host:port`. */
export interface Target {
  tcp: string
  http: string
  lookupTcp: string
  lookupHttp: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The nsqd of `NSQD_ADDRESS` (with `NSQLOOKUPD_ADDRESS`, the HTTP one, for lookups), or a broker of our own. */
export async function target(): Promise<Target> {
  const { NSQD_ADDRESS, NSQD_HTTP_ADDRESS, NSQLOOKUPD_ADDRESS, NSQLOOKUPD_TCP_ADDRESS } = process.env
  const broker = NSQD_ADDRESS && NSQLOOKUPD_ADDRESS ? undefined : await Broker.start()
  return {
    tcp: NSQD_ADDRESS || (broker?.tcpAddress ?? ''),
    http: NSQD_HTTP_ADDRESS || (NSQD_ADDRESS ? besides(NSQD_ADDRESS, 1) : (broker?.httpAddress ?? '')),
    lookupTcp:
      NSQLOOKUPD_TCP_ADDRESS ||
      (NSQLOOKUPD_ADDRESS ? besides(NSQLOOKUPD_ADDRESS, -1) : (broker?.lookupTcpAddress ?? '')),
    lookupHttp: NSQLOOKUPD_ADDRESS || (broker?.lookupHttpAddress ?? ''),
    async [Symbol.asyncDispose]() {
      await broker?.[Symbol.asyncDispose]()
    },
  }
}

/** The pair of nsqd and nsqlookupd that know each other: both by address, or both ours. */
export async function lookupTarget(): Promise<Target> {
  if (process.env.NSQD_ADDRESS && process.env.NSQLOOKUPD_ADDRESS) return await target()
  const broker = await Broker.start()
  return {
    tcp: broker.tcpAddress,
    http: broker.httpAddress,
    lookupTcp: broker.lookupTcpAddress,
    lookupHttp: broker.lookupHttpAddress,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

/** A topic name that nobody else uses. */
export function freshTopic(): string {
  return `t${randomBytes(6).toString('hex')}`
}

/** What is sent: lists that were not made are null. */
export type OfficialStats = Omit<Stats, 'topics' | 'producers'> & {
  topics: TopicStats[] | null
  producers: Stats['producers'] | null
}

export async function topicStats(httpAddress: string, topic: string): Promise<TopicStats | undefined> {
  const { topics } = await json<OfficialStats>(httpAddress, `/stats?format=json&topic=${encodeURIComponent(topic)}`)
  return topics?.find(({ topic_name }) => topic_name === topic)
}

export async function channelStats(
  httpAddress: string,
  topic: string,
  name: string,
): Promise<ChannelStats | undefined> {
  return (await topicStats(httpAddress, topic))?.channels.find(({ channel_name }) => channel_name === name)
}

/** Waits until the channel's statistics are as wanted: an nsqd applies FIN, REQ and RDY without an answer. */
export async function whenChannel(
  httpAddress: string,
  topic: string,
  name: string,
  wanted: Partial<ChannelStats>,
): Promise<void> {
  await eventually(`${topic}/${name} becomes ${JSON.stringify(wanted)}`, async () => {
    const stats = await channelStats(httpAddress, topic, name)
    return (
      stats !== undefined && Object.entries(wanted).every(([key, value]) => stats[key as keyof ChannelStats] === value)
    )
  })
}

function besides(address: string, distance: number): string {
  const at = address.lastIndexOf(':')
  return `${address.slice(0, at)}:${Number(address.slice(at + 1)) + distance}`
}
