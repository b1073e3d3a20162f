import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Mutation, SHORT, situationsOf } from '../../src/mutation.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import type { Report } from '../../src/report.ts'
import { runChaos } from '../../src/run-chaos.ts'
import type { Trial } from '../../src/trial.ts'

interface Played {
  trial: Trial
  name: string
  mutation: Mutation
}

/** Plays the situations in which a mistake does harm, and nothing else. What the run leaves is removed once `check` has passed. */
export async function playMutation(
  t: TestContext,
  { trial, name, mutation }: Played,
  check: (report: Report) => void,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-mutation-'))
  t.diagnostic(directory)
  const report = await runChaos({
    trial,
    profile: { ...trial.profiles.smoke, ...SHORT, ...mutation.profile },
    schedule: [],
    situations: situationsOf(mutation, nemesesOf(trial)),
    seed: 1,
    mutation: name,
    directory,
    announce: (sentence) => t.diagnostic(sentence),
  })
  check(report)
  await rm(directory, { recursive: true, force: true })
}
