import type { NsqHttp } from './nsq-http.ts'

/** An nsqd that has a topic. */
export interface Producer {
  host: string
  tcpPort: number
  httpPort: number
}

export interface LookedUp {
  /** Each nsqd once. */
  producers: Producer[]
  /** Of every nsqlookupd that did not answer. */
  faults: Error[]
}

/**
 * Asks every nsqlookupd, all at once and with a deadline. nsqjs would ask one of them at a time, wait for ever for one that hangs, and
 * fail as a whole process on an answer of another shape.
 */
export async function lookup(http: NsqHttp, lookupds: readonly string[], topic: string): Promise<LookedUp> {
  const answers = await Promise.allSettled(lookupds.map((address) => ask(http, address, topic)))
  const producers = new Map<string, Producer>()
  for (const answer of answers) {
    if (answer.status === 'rejected') continue
    for (const producer of answer.value) producers.set(`${producer.host} ${producer.tcpPort}`, producer)
  }
  const faults = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as Error)
  return { producers: [...producers.values()], faults }
}

interface Answer {
  producers?: unknown
  /** Before nsq 1.0. */
  data?: { producers?: unknown }
}

async function ask(http: NsqHttp, address: string, topic: string): Promise<Producer[]> {
  try {
    const answer = (await http.get(`http://${address}/lookup?topic=${encodeURIComponent(topic)}`)) as Answer | null
    const producers = answer?.producers ?? answer?.data?.producers
    return Array.isArray(producers) ? producers.flatMap(readProducer) : []
  } catch (error) {
    // TOPIC_NOT_FOUND: nobody has published yet.
    if ((error as { status?: number }).status === 404) return []
    throw error
  }
}

function readProducer(told: Record<string, unknown> | null): Producer[] {
  const host = told?.broadcast_address || told?.hostname
  const [tcpPort, httpPort] = [told?.tcp_port, told?.http_port]
  return typeof host === 'string' && isPort(tcpPort) && isPort(httpPort) ? [{ host, tcpPort, httpPort }] : []
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536
}
