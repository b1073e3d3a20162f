// The shapes of nsqd's /stats?format=json, field by field. What this broker does not measure (latency percentiles,
// what lies on disk) is there with the value that nsqd gives when it has none.

export interface Latency {
  count: number
  percentiles: null
}

export interface ClientStats {
  client_id: string
  hostname: string
  version: 'V2'
  remote_address: string
  state: number
  ready_count: number
  in_flight_count: number
  message_count: number
  finish_count: number
  requeue_count: number
  /** Seconds since 1970. */
  connect_ts: number
  sample_rate: number
  deflate: boolean
  snappy: boolean
  user_agent: string
  pub_counts?: { topic: string; count: number }[]
  tls: boolean
  tls_cipher_suite: string
  tls_version: string
  tls_negotiated_protocol: string
  tls_negotiated_protocol_is_mutual: boolean
}

export interface ChannelStats {
  channel_name: string
  depth: number
  backend_depth: number
  in_flight_count: number
  deferred_count: number
  message_count: number
  requeue_count: number
  timeout_count: number
  client_count: number
  clients: ClientStats[]
  paused: boolean
  e2e_processing_latency: Latency
}

export interface TopicStats {
  topic_name: string
  channels: ChannelStats[]
  depth: number
  backend_depth: number
  message_count: number
  message_bytes: number
  paused: boolean
  e2e_processing_latency: Latency
}

/** Of Go's collector only what V8 has a match for; the pauses are 0. */
export interface MemoryStats {
  heap_objects: number
  heap_idle_bytes: number
  heap_in_use_bytes: number
  heap_released_bytes: number
  gc_pause_usec_100: number
  gc_pause_usec_99: number
  gc_pause_usec_95: number
  next_gc_bytes: number
  gc_total_runs: number
}

export interface Stats {
  version: string
  health: string
  /** Seconds since 1970. */
  start_time: number
  topics: TopicStats[]
  memory?: MemoryStats
  producers: ClientStats[]
}

/** Which part of the statistics is wanted. */
export interface StatsFilter {
  topic?: string | undefined
  channel?: string | undefined
  withClients?: boolean
  withMemory?: boolean
}

export function memoryStats(): MemoryStats {
  const { heapTotal, heapUsed } = process.memoryUsage()
  return {
    heap_objects: 0,
    heap_idle_bytes: heapTotal - heapUsed,
    heap_in_use_bytes: heapUsed,
    heap_released_bytes: 0,
    gc_pause_usec_100: 0,
    gc_pause_usec_99: 0,
    gc_pause_usec_95: 0,
    next_gc_bytes: heapTotal,
    gc_total_runs: 0,
  }
}
