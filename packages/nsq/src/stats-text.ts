import type { ChannelStats, ClientStats, Stats, TopicStats } from './stats.ts'

/** The statistics as nsqd prints them for people. */
export function statsText(stats: Stats, nowMs = Date.now()): string {
  const uptimeSeconds = Math.round(nowMs / 1000 - stats.start_time)
  return [
    `nsqd v${stats.version}`,
    `start_time ${new Date(stats.start_time * 1000).toISOString()}`,
    `uptime ${uptimeSeconds}s`,
    '',
    `Health: ${stats.health}`,
    ...memoryLines(stats),
    '',
    ...(stats.topics.length === 0 ? ['Topics: None'] : ['Topics:', ...stats.topics.flatMap(topicLines)]),
    '',
    ...(stats.producers.length === 0 ? ['Producers: None'] : ['Producers:', ...stats.producers.map(producerLine)]),
    '',
  ].join('\n')
}

function memoryLines({ memory }: Stats): string[] {
  if (memory === undefined) return []
  return ['', 'Memory:', ...Object.entries(memory).map(([name, value]) => `   ${name.padEnd(25)}\t${value}`)]
}

function topicLines(topic: TopicStats): string[] {
  const counts = `depth: ${left(topic.depth, 5)} be-depth: ${left(topic.backend_depth, 5)}`
  return [
    `${topic.paused ? '*P ' : '   '}[${topic.topic_name.padEnd(15)}] ${counts} msgs: ${left(topic.message_count, 8)} e2e%: `,
    ...topic.channels.flatMap(channelLines),
  ]
}

function channelLines(channel: ChannelStats): string[] {
  const counts = [
    `depth: ${left(channel.depth, 5)}`,
    `be-depth: ${left(channel.backend_depth, 5)}`,
    `inflt: ${left(channel.in_flight_count, 4)}`,
    `def: ${left(channel.deferred_count, 4)}`,
    `re-q: ${left(channel.requeue_count, 5)}`,
    `timeout: ${left(channel.timeout_count, 5)}`,
    `msgs: ${left(channel.message_count, 8)}`,
    'e2e%: ',
  ].join(' ')
  return [
    `${channel.paused ? '   *P ' : '      '}[${channel.channel_name.padEnd(25)}] ${counts}`,
    ...channel.clients.map((client) => `        ${consumerLine(client)}`),
  ]
}

function consumerLine(client: ClientStats): string {
  return [
    `[${client.version} ${clientName(client)}] state: ${client.state}`,
    `inflt: ${left(client.in_flight_count, 4)} rdy: ${left(client.ready_count, 4)}`,
    `fin: ${left(client.finish_count, 8)} re-q: ${left(client.requeue_count, 8)} msgs: ${left(client.message_count, 8)}`,
    `connected: ${connectedFor(client)}`,
  ].join(' ')
}

function producerLine(client: ClientStats): string {
  const counts = client.pub_counts ?? []
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const topics = counts.map(({ topic, count }) => `${topic}=${count}`).join(',')
  return `   [${client.version} ${clientName(client)}] msgs: ${left(total, 8)} topics: ${topics} connected: ${connectedFor(client)}`
}

function clientName(client: ClientStats): string {
  const port = client.remote_address.slice(client.remote_address.lastIndexOf(':') + 1)
  return `${client.hostname}:${port} ${client.user_agent}`.padEnd(21)
}

function connectedFor(client: ClientStats): string {
  return `${Math.max(0, Math.floor(Date.now() / 1000) - client.connect_ts)}s`
}

function left(value: number, width: number): string {
  return String(value).padEnd(width)
}
