import { aac } from './aac.ts'
import { avc } from './avc.ts'
import type { Codec } from './track-format.ts'

/** What can be packaged, by its sample entry as `describeMedia` names it. */
export const CODECS: ReadonlyMap<string, Codec> = new Map([
  ['avc1', avc],
  ['mp4a', aac],
])
