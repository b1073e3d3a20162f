import type { TrackKind } from '../cmaf/presentation.ts'
import type { Segment } from '../cmaf/window.ts'
import type { Stream } from '../hub/stream.ts'
import { segmentBody } from './hook-body.ts'

/**
 * Tells `hls` of each segment of a stream once it is whole, on the replica that has the publisher; and once more of the last one of each
 * track when the stream has ended.
 */
export function tellSegments(stream: Stream, hooks: { tellSegment(body: object): void }): void {
  const { name, presentation } = stream
  const told = new Map<TrackKind, { segment: Segment; discontinuity: boolean }>()
  const tell = (kind: TrackKind, isEnd: boolean) => {
    const one = told.get(kind)
    if (one) hooks.tellSegment(segmentBody(name, kind, { ...one, isEnd }))
  }
  const unlisten = presentation.listen((record) => {
    if (record.type === 'end') {
      unlisten()
      if (stream.isLocal) for (const kind of told.keys()) tell(kind, true)
    } else if (record.type === 'close') {
      const { kind } = record
      const segment = presentation.tracks.get(kind)?.window.last
      const before = told.get(kind)?.segment
      // One without a part is dropped as it ends.
      if (!segment?.isClosed || segment.number === before?.number) return
      told.set(kind, { segment, discontinuity: before !== undefined && before.period !== segment.period })
      if (stream.isLocal) tell(kind, false)
    }
  })
}
