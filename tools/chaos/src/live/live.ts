import type { Trial } from '../trial.ts'
import type { LiveEvidence } from './evidence.ts'
import { INVARIANTS } from './invariants.ts'
import { MUTATIONS } from './mutations.ts'
import { NEMESES } from './nemeses.ts'
import { PROFILES } from './profiles.ts'
import { SITUATIONS } from './situations.ts'
import { type LiveSubject, start } from './subject.ts'
import { TARGETS } from './targets.ts'

/** One stream on three replicas of media-server, two encoders that want to publish it, and viewers of all kinds. */
export const live = {
  programs: ['ffmpeg'],
  targets: TARGETS,
  nemeses: { ...NEMESES, ...SITUATIONS },
  profiles: PROFILES,
  mutations: MUTATIONS,
  invariants: INVARIANTS,
  start,
} satisfies Trial<LiveEvidence, LiveSubject>
