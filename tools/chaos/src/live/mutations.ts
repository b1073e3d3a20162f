import type { Mutation } from '../mutation.ts'
import { REPLICAS } from './targets.ts'

export const MUTATIONS = {
  number: {
    mistake: 'a new owner begins with a number that was there before',
    processes: REPLICAS,
    file: 'services/media-server/src/cmaf/period.ts',
    passage: 'const number = position ? position.number + 1 :',
    instead: 'const number = position ? position.number - 1 :',
    situation: 'lose-owner',
  },
  forget: {
    mistake: 'a replica that follows forgets the stream when its owner is gone',
    processes: REPLICAS,
    file: 'services/media-server/src/cluster/feed.ts',
    passage: `      this.#follower?.end()
      this.#follower = undefined`,
    instead: `      this.#follower?.end()
      this.#follower = undefined
      hub.drop(name)`,
    situation: 'lose-owner',
  },
  owners: {
    mistake: 'a replica that hears of an older claim keeps its publisher',
    processes: REPLICAS,
    file: 'services/media-server/src/cluster/cluster-claims.ts',
    passage: 'if (!isTheirs) continue',
    instead: 'if (isTheirs || !isTheirs) continue',
    situation: 'split',
  },
} satisfies Record<string, Mutation>
