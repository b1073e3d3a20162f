import { firstSample, fragment } from './fragment.ts'
import type { Presentation } from './presentation.ts'

/** The newest key frame as an MP4 file of one picture, for a thumbnail that needs no decoder here; undefined while there is none. */
export function snapshot(presentation: Presentation): Buffer[] | undefined {
  const segments = presentation.tracks.get('video')?.window.segments ?? []
  const segment = segments.findLast(({ parts }) => parts[0]?.independent)
  const init = segment && presentation.init(segment.init)
  const part = segment?.parts[0]
  if (!init || !part) return undefined
  // It begins at once.
  const picture = { ...firstSample('video', part.bytes), time: 0 }
  return [init.bytes, fragment('video', 1, [picture])]
}
