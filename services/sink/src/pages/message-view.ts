import type { RecentMessage, RelayReport, ReportStore, SinkReport, StreamReport } from '../report-store.ts'

/** What the page shows. */
export interface MessageView {
  /** Those with a gap first, then by their last message. */
  streams: (StreamReport & { messages: RecentMessage[] })[]
  sinks: SinkReport[]
  relays: RelayReport[]
}

const RECENT_PER_SINK = 200
const STREAMS = 30
const GAPS = 20
const MESSAGES_PER_STREAM = 5
const BODY_BYTES = 200

export async function loadView(reports: ReportStore): Promise<MessageView> {
  const [recent, gaps, sinks, relays] = await Promise.all([
    reports.recent(RECENT_PER_SINK, BODY_BYTES),
    reports.gaps(GAPS),
    reports.sinks(),
    reports.relays(),
  ])
  const messages = Map.groupBy(recent, ({ stream }) => stream)
  const broken = new Set(gaps.map(({ name }) => name))
  const busy = [...messages.keys()].filter((name) => !broken.has(name)).slice(0, STREAMS)
  const others = await reports.streamsNamed(busy)
  const byName = new Map(others.map((stream) => [stream.name, stream]))
  const shown = [...gaps, ...busy.flatMap((name) => byName.get(name) ?? [])]
  return {
    streams: shown.map((stream) => ({
      ...stream,
      messages: (messages.get(stream.name) ?? []).slice(0, MESSAGES_PER_STREAM),
    })),
    sinks,
    relays,
  }
}
