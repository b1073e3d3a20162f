import type { Mutation } from '../mutation.ts'
import { processors } from './profiles.ts'
import { PROCESSORS } from './targets.ts'

export const MUTATIONS = {
  sweeper: {
    mistake: 'nobody redispatches photos whose message was lost',
    processes: PROCESSORS,
    file: 'services/image-processor/src/redispatcher.ts',
    passage: 'if (isPaused()) return\n',
    instead: 'if (isPaused() || publisher) return\n',
    // What is accepted while the queue is away is never announced. Nothing will help the rest, so why wait for it.
    situation: 'queue-gone',
    profile: { drainWithin: 5 },
  },
  token: {
    mistake: 'a worker that lost its lease writes its result all the same',
    processes: PROCESSORS,
    file: 'services/image-processor/src/photo-store.ts',
    passage: 'updated_at = UTC_TIMESTAMP(3), last_error = ? WHERE id = ? AND token = ?`',
    instead: 'updated_at = UTC_TIMESTAMP(3), last_error = ? WHERE id = ? AND ? IS NOT NULL`',
    // Its photos take so long that it has some in hand, and a call may take longer than a lease and than the sleep: it must have the
    // answer to write when it wakes.
    situation: 'outlived-lease',
    profile: {
      rate: 6,
      environments: {
        ...processors({ LEASE_SECONDS: '1', SWEEP_EVERY_SECONDS: '0.2', CONCURRENCY: '8', CALL_WITHIN_SECONDS: '120' }),
        'face-recognition': { STUB_LATENCY_MS: '1500' },
      },
    },
  },
  lease: {
    mistake: 'a claim takes any photo, due or not',
    processes: PROCESSORS,
    file: 'services/image-processor/src/photo-store.ts',
    passage: 'WHERE id = ? AND due_at <= UTC_TIMESTAMP(3) AND attempts < ?`',
    instead: 'WHERE id = ? AND attempts < ?`',
    // So few that they are worked off on a slow machine too: a repeated message comes after all that wait.
    situation: 'repeated-message',
    profile: { rate: 6 },
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
    situation: 'crash-after-answer',
    profile: { rate: 6 },
  },
  'ack-early': {
    mistake: 'a photo is final, and its message done with, before its faces are written',
    processes: PROCESSORS,
    file: 'services/image-processor/src/completion.ts',
    passage:
      'if (!(await this.#photoStore.finish(session, claim, { ...verdict, generation }))) throw new ClaimLostError()',
    instead: `if (!(await this.#photoStore.finish(session, claim, { ...verdict, generation }))) throw new ClaimLostError()
        await session.change('COMMIT')
        await new Promise((later) => setTimeout(later, 2000))`,
    situation: 'crash-between-writes',
    profile: { rate: 6 },
  },
} satisfies Record<string, Mutation>
