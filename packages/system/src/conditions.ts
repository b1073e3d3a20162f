import type { Declaration } from '@livepods/service'
import { type Declared, jobsIn } from './declarations.ts'

export interface ConditionsOptions {
  declarations: readonly Declared[]
  /** Whom anybody calls who is started. */
  called: ReadonlySet<string>
  /** Resolves when the database accepts connections. */
  database: () => Promise<void>
  /** Resolves when the folders of pictures are filled. */
  pictures: () => Promise<void>
  /** Resolves when the job has ended well. */
  run: (job: Declared) => Promise<void>
  /** Resolves when the program is on this machine. */
  program: (name: string) => Promise<unknown>
}

/** What has to be there before a process starts: each is brought once, for all that need it, and holds up nobody else. */
export class Conditions {
  readonly #options: ConditionsOptions
  readonly #begun = new Map<string, Promise<unknown>>()

  constructor(options: ConditionsOptions) {
    this.#options = options
  }

  /** Resolves when a program may start. Rejects with what is missing. */
  async metFor(declaration: Declaration): Promise<void> {
    const { database, pictures, program } = this.#options
    const targets = targetsOf(declaration)
    const { programs = [] } = declaration.kind === 'service' ? declaration : {}
    await Promise.all([
      ...(targets.includes('database') ? [this.#once('database', database)] : []),
      ...(targets.includes('pictures') ? [this.#once('pictures', pictures)] : []),
      ...this.#jobsBefore(declaration).map((job) => this.#once(`job ${job.name}`, () => this.#run(job))),
      ...programs.map((name) => this.#once(`program ${name}`, () => program(name))),
    ])
  }

  async #run(job: Declared): Promise<void> {
    await this.metFor(job)
    await this.#options.run(job)
  }

  /** Jobs that run first, of which all that they call is called by somebody, and something by this one. */
  #jobsBefore(declaration: Declaration): Declared[] {
    if (declaration.kind === 'job') return []
    const { declarations, called } = this.#options
    const targets = targetsOf(declaration)
    return jobsIn(declarations).filter((job) => {
      const needed = targetsOf(job)
      const isShared = needed.some((target) => targets.includes(target))
      return job.runs === 'first' && isShared && needed.every((target) => called.has(target))
    })
  }

  #once(what: string, bring: () => Promise<unknown>): Promise<unknown> {
    const begun = this.#begun.get(what) ?? bring()
    this.#begun.set(what, begun)
    return begun
  }
}

/** Whom a program calls that is part of the suite. */
function targetsOf({ calls }: Declaration): string[] {
  return Object.values(calls).filter((target) => target !== 'outside' && target !== 'nobody')
}
