import type { Ending } from '@livepods/system'
import type { Nemeses, PlayedFault } from './fault.ts'
import type { Footprint } from './footprint.ts'
import type { History, Operation } from './history.ts'
import type { Mutation } from './mutation.ts'
import type { Profile } from './profile.ts'
import type { Random } from './random.ts'
import type { Testbed, TestbedOptions } from './testbed.ts'

/**
 * A system that `pnpm chaos` puts to the test, its load, what may go wrong, and what must hold all the same: a folder of its own, listed
 * in main.ts. Everything but `start` is data that is read before anything runs: the command line and the schedule follow from it.
 */
export interface Trial<E extends Evidence = Evidence, S extends Subject<E> = Subject<E>> {
  /** Programs that the machine must have (`requireProgram`): database, ffmpeg and so on. */
  programs: readonly string[]
  targets: Targets
  /** What may go wrong in this trial alone, by name, besides what may go wrong in any (nemesis.ts). */
  nemeses: Nemeses<S>
  profiles: Readonly<Record<string, Profile>> & { readonly smoke: Profile; readonly default: Profile }
  mutations: Readonly<Record<string, Mutation>>
  /** In the order of the report. */
  invariants: readonly Invariant<E>[]
  /** Called once in a run, first. Resolves when clients can begin; when it rejects, it has stopped what it had started. */
  start(options: StartOptions): Promise<S>
}

/** What a schedule chooses from. Their order counts, as their names do: whoever changes it changes the schedule of every seed. */
export interface Targets {
  /** Names of `System.processes`. */
  processes: readonly string[]
  /** Those that can be replaced while they run (`System.roll`). */
  rollable: readonly string[]
  /** Connections, by who opens them and where they lead: "receiver→database". */
  edges: readonly string[]
  /** Folders of the system that lie on small disks. */
  disks: readonly string[]
}

export interface StartOptions extends TestbedOptions {
  /** Where clients write down what they ask for and what they are told. */
  history: History
}

/** A trial that runs. The run calls `client` and `poll` until the storm is over, then `settle`, `evidence`, and the disposer. */
export interface Subject<E extends Evidence = Evidence> extends Testbed, AsyncDisposable {
  /** Where a person can watch, if there is such a page. */
  readonly page?: string
  /** Called at the same time for each client of the profile. Resolves when it has stopped; what fails goes into the history. */
  client(options: ClientOptions): Promise<void>
  /** Called once a second: records what will be evidence. Resolves with how many things are final; rejects when that cannot be known. */
  poll(): Promise<number>
  /** Called when nothing is wrong any more and no client runs. True as soon as all is final, false when none became so for `patienceMs`. */
  settle(patienceMs: number): Promise<boolean>
  /** Called last, whatever `settle` said: what the run has seen, and what there is in the end. */
  evidence(seen: Omit<Evidence, 'rows' | 'answers'>): Promise<E>
}

export interface ClientOptions {
  /** From 0. */
  number: number
  /** Its own: what a client does follows from the seed. */
  random: Random
  /** Milliseconds between two operations. */
  everyMs: number
  /** Milliseconds to wait for an answer. */
  patienceMs: number
  /** Aborted when no new operation may begin. */
  stopping: AbortSignal
  /** Aborted later: what is open then is left as it is. */
  givenUp: AbortSignal
}

/** What invariants judge; trials add to it. Times are in milliseconds since 1970. */
export interface Evidence {
  operations: readonly Operation[]
  faults: readonly PlayedFault[]
  endings: readonly (Ending & { name: string })[]
  /** Before the storm, and when all was final again. */
  footprints: { calm: Footprint[]; drained: Footprint[] }
  /** Everything that was accepted, as it is in the end. */
  rows: readonly Work[]
  /** When processes that no work passes through answered, by their names: a fault of theirs has healed then. */
  answers?: Readonly<Record<string, readonly number[]>>
}

export interface Work {
  createdAt: number
  finishedAt: number | null
  outcome: string | null
}

/** What must hold, as checks that answer with a sentence about each thing that is wrong. The first three also count in the last line. */
export interface Invariant<E extends Evidence = Evidence> {
  id: string
  title: string
  lost?(evidence: E): string[]
  twice?(evidence: E): string[]
  stuck?(evidence: E): string[]
  /** Undefined: it does not apply to this run. */
  wrong?(evidence: E): string[] | undefined
}
