import { readFileSync } from 'node:fs'
import type { Fault, Nemeses } from './fault.ts'
import { named } from './named.ts'
import type { Profile } from './profile.ts'

/** One passage of one source file, and what stands there instead. */
export interface Passage {
  /** Relative to the root of the repository. */
  file: string
  /** Must be there exactly once. */
  passage: string
  instead: string
}

/** A mistake of the kind that the audit is there to find. */
export interface Mutation extends Passage {
  /** What is wrong, in a sentence. */
  mistake: string
  /** Those that have it. */
  processes: readonly string[]
  /** The nemesis that makes, for sure, the situation in which the mistake does harm: most mistakes need another fault for that. */
  situation: string
  /** What else brings it about soon, over what the profile says. */
  profile?: Partial<Profile>
}

/** So often each situation is made. */
const TIMES = 3

/** For a storm that is nothing but situations. */
export const SHORT = { seconds: 0, calmSeconds: 1, drainWithin: 20 } satisfies Partial<Profile>

/** The faults in which a mistake must show. */
export function situationsOf({ situation }: Mutation, nemeses: Nemeses): Fault[] {
  const { targets } = named(situation, nemeses)
  return Array.from({ length: TIMES }, (_, time) => ({
    at: 0,
    nemesis: situation,
    target: targets[time % targets.length] as string,
    seconds: 0,
  }))
}

const root = new URL('../../../', import.meta.url)
const hook = new URL('mutation-hook.ts', import.meta.url)

/** The source with the mistake in it. Throws when the passage is not there exactly once: then the mutation has to follow the code. */
export function mutated(source: string, { file, passage, instead }: Passage): string {
  const times = source.split(passage).length - 1
  if (times !== 1)
    throw new Error(`A mutation looks for a passage of ${file} that is there ${times} times:\n${passage}`)
  return source.replace(passage, () => instead)
}

/** The variables that make a process run with the mistake. Throws when the code has changed. */
export function mutationEnvironment(mutation: Mutation): Record<string, string> {
  mutated(readFileSync(new URL(mutation.file, root), 'utf8'), mutation)
  return {
    NODE_OPTIONS: `--import=${hook.href}`,
    CHAOS_MUTATION: JSON.stringify(mutation, ['file', 'passage', 'instead']),
  }
}
