import type { Trial } from '../trial.ts'
import type { PhotoEvidence } from './evidence.ts'
import { INVARIANTS } from './invariants.ts'
import { MUTATIONS } from './mutations.ts'
import { NEMESES } from './nemeses.ts'
import { PROFILES } from './profiles.ts'
import { SITUATIONS } from './situations.ts'
import { type FacesSubject, start } from './subject.ts'
import { TARGETS } from './targets.ts'

/** Photos, from the receiver until it is known who is on them. */
export const faces = {
  programs: ['database'],
  targets: TARGETS,
  nemeses: { ...NEMESES, ...SITUATIONS },
  profiles: PROFILES,
  mutations: MUTATIONS,
  invariants: INVARIANTS,
  start,
} satisfies Trial<PhotoEvidence, FacesSubject>
