import type { Nemeses } from '../fault.ts'
import { ownerOfAll, type ReplicaStatus } from './replica-status.ts'
import type { LiveSubject } from './subject.ts'
import { PEER_EDGES } from './targets.ts'
import { until, untilTogether } from './until.ts'

/** Each waits for the moment in which a certain mistake does harm, so that no speed of the machine decides whether it is met. */
export const SITUATIONS = {
  'lose-owner': {
    does: 'SIGKILL of the replica that has the publisher, until another one has it',
    targets: ['owner'],
    begin: async (subject, _fault, signal) => {
      await subject.inTurn(async () => {
        const { system } = subject
        const lost = await untilTogether(system, signal)
        const process = system.process(lost)
        process.hold()
        try {
          process.kill('SIGKILL')
          await until('another replica has the publisher', { system, signal }, (all) =>
            all.find(({ name, isOwner }) => isOwner && name !== lost),
          )
        } finally {
          process.release()
        }
      })
    },
  },
  split: {
    does: 'the replica that has the publisher hears no other one, until another one has a publisher, too',
    targets: ['owner'],
    begin: async (subject, _fault, signal) => {
      await subject.inTurn(async () => {
        const { system, edges } = subject
        const owner = await until('all replicas have the stream', { system, signal }, (all) =>
          areSeveral(all) ? 'several' : ownerOfAll(all),
        )
        if (owner === 'several') return
        const number = /\d+$/.exec(owner)?.[0]
        const own = `media-server-peers${number === undefined ? '' : `-${number}`}`
        const names = PEER_EDGES.filter((edge) => edge.startsWith(`${owner}→`) || edge.endsWith(`→${own}`))
        const proxies = await Promise.all(names.map(async (name) => await edges.proxy(name)))
        try {
          for (const proxy of proxies) proxy.begin({ kind: 'black-hole' })
          await until('two replicas have a publisher', { system, signal }, (all) => areSeveral(all) || undefined)
        } finally {
          for (const proxy of proxies) proxy.end()
        }
      })
    },
  },
} satisfies Nemeses<LiveSubject>

function areSeveral(all: readonly ReplicaStatus[]): boolean {
  return all.filter(({ isOwner }) => isOwner).length > 1
}
