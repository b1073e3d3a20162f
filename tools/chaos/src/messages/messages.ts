import type { Trial } from '../trial.ts'
import type { MessagesEvidence } from './evidence.ts'
import { INVARIANTS } from './invariants.ts'
import { MUTATIONS } from './mutations.ts'
import { NEMESES } from './nemeses.ts'
import { PROFILES } from './profiles.ts'
import { SCALING } from './scaling.ts'
import { SITUATIONS } from './situations.ts'
import { type MessagesSubject, start } from './subject.ts'
import { TARGETS } from './targets.ts'

/** Messages, from senders and other clients through relays to the sinks and their logs. */
export const messages = {
  programs: ['database'],
  targets: TARGETS,
  nemeses: { ...NEMESES, ...SCALING, ...SITUATIONS },
  profiles: PROFILES,
  mutations: MUTATIONS,
  invariants: INVARIANTS,
  start,
} satisfies Trial<MessagesEvidence, MessagesSubject>
