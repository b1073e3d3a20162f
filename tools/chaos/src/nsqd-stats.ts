export interface ChannelStats {
  depth: number
  in_flight_count: number
  deferred_count: number
  message_count: number
  timeout_count: number
}

/** What nsqd says of all channels, since it was started. */
export async function channels(nsqdHttpPort: number): Promise<ChannelStats[]> {
  const response = await fetch(`http://127.0.0.1:${nsqdHttpPort}/stats?format=json`)
  const { topics } = (await response.json()) as { topics: { channels: ChannelStats[] }[] }
  return topics.flatMap(({ channels }) => channels)
}
