export interface ChannelStats {
  depth: number
  in_flight_count: number
  deferred_count: number
  message_count: number
  timeout_count: number
}

/** What nsqd (http://host:port) says of all channels, since it was started. */
export async function channels(nsqd: string): Promise<ChannelStats[]> {
  const response = await fetch(`${nsqd}/stats?format=json`)
  const { topics } = (await response.json()) as { topics: { channels: ChannelStats[] | null }[] | null }
  return (topics ?? []).flatMap(({ channels }) => channels ?? [])
}

/** Messages that nobody answered in time. */
export async function timedOut(nsqd: string): Promise<number> {
  return (await channels(nsqd)).reduce((sum, { timeout_count }) => sum + timeout_count, 0)
}
