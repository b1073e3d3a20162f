import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A mistake in one passage of one source file, of the kind that the audit is there to find. */
export interface Mutation {
  /** What is wrong, in a sentence. */
  mistake: string
  processes: string[]
  /** Relative to the root of the repository. */
  file: string
  /** Must be there exactly once. */
  passage: string
  instead: string
}

const PROCESSORS = ['image-processor', 'image-processor-2']

export const MUTATIONS = {
  sweeper: {
    mistake: 'nobody redispatches photos whose message was lost',
    processes: PROCESSORS,
    file: 'services/image-processor/src/redispatcher.ts',
    passage: 'if (isPaused()) return\n',
    instead: 'if (isPaused() || publisher) return\n',
  },
  token: {
    mistake: 'a worker that lost its lease writes its result all the same',
    processes: PROCESSORS,
    file: 'services/image-processor/src/photo-store.ts',
    passage: 'updated_at = UTC_TIMESTAMP(3), last_error = ? WHERE id = ? AND token = ?`',
    instead: 'updated_at = UTC_TIMESTAMP(3), last_error = ? WHERE id = ? AND ? IS NOT NULL`',
  },
  lease: {
    mistake: 'a claim takes any photo, due or not',
    processes: PROCESSORS,
    file: 'services/image-processor/src/photo-store.ts',
    passage: 'WHERE id = ? AND due_at <= UTC_TIMESTAMP(3) AND attempts < ?`',
    instead: 'WHERE id = ? AND attempts < ?`',
  },
  order: {
    mistake: 'the receiver answers 202 before the row is committed',
    processes: ['receiver'],
    file: 'services/receiver/src/submission-store.ts',
    passage: 'const [only] = submissions',
    instead: `if ('transaction' in this.#database) {
      const { promise, resolve, reject } = Promise.withResolvers<(Stored | KeyReusedError)[]>()
      this.#database.transaction(async (session) => {
        resolve(await new SubmissionStore(session as never).accept(submissions))
        await new Promise((later) => setTimeout(later, 2000))
      }).catch(reject)
      return await promise
    }
    const [only] = submissions`,
  },
  'ack-early': {
    mistake: 'a photo is final, and its message done with, before its faces are written',
    processes: PROCESSORS,
    file: 'services/image-processor/src/completion.ts',
    passage: 'if (!(await this.#images.finish(session, claim, { ...verdict, generation }))) throw new ClaimLostError()',
    instead: `if (!(await this.#images.finish(session, claim, { ...verdict, generation }))) throw new ClaimLostError()
        await session.change('COMMIT')
        await new Promise((later) => setTimeout(later, 2000))`,
  },
} satisfies Record<string, Mutation>

export type MutationName = keyof typeof MUTATIONS

const root = new URL('../../../', import.meta.url)
const hook = new URL('mutation-hook.ts', import.meta.url)

export function isMutation(name: string): name is MutationName {
  return Object.hasOwn(MUTATIONS, name)
}

/** The source with the mistake in it. Throws when the passage is not there exactly once: then the mutation has to follow the code. */
export function mutated(source: string, { file, passage, instead }: Mutation): string {
  const times = source.split(passage).length - 1
  if (times !== 1)
    throw new Error(`A mutation looks for a passage of ${file} that is there ${times} times:\n${passage}`)
  return source.replace(passage, () => instead)
}

/** The variables, by process, that make a service run with the mistake. Throws when the code has changed. */
export function mutationEnvironments(name: MutationName): Record<string, Record<string, string>> {
  const mutation: Mutation = MUTATIONS[name]
  mutated(readFileSync(fileURLToPath(new URL(mutation.file, root)), 'utf8'), mutation)
  const environment = { NODE_OPTIONS: `--import=${hook.href}`, CHAOS_MUTATION: name }
  return Object.fromEntries(mutation.processes.map((process) => [process, environment]))
}
