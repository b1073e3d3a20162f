import { aac } from './aac.ts'
import { av1 } from './av1.ts'
import { avc } from './avc.ts'
import { flac } from './flac.ts'
import { hevc } from './hevc.ts'
import { opus } from './opus.ts'
import type { Codec } from './track-format.ts'
import { vp9 } from './vp9.ts'

/** What can be packaged, by its sample entry as `describeMedia` names it. */
export const CODECS: ReadonlyMap<string, Codec> = new Map([
  ['avc1', avc],
  ['hvc1', hevc],
  ['av01', av1],
  ['vp09', vp9],
  ['mp4a', aac],
  ['Opus', opus],
  ['fLaC', flac],
])
