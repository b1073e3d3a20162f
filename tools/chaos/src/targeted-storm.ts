import type { Fault } from './fault.ts'
import type { MutationName } from './mutation.ts'
import type { Profile } from './profile.ts'

interface TargetedStorm {
  schedule: Fault[]
  profile: Partial<Profile>
  environments: Record<string, Record<string, string>>
}

const SLOW_STUB = { 'face-recognition': { STUB_LATENCY_MS: '300' } }

/** A short storm in which a mistake must show: each needs another fault to do harm. */
export function targetedStorm(mutation: MutationName): TargetedStorm {
  const short = { seconds: 7, calmSeconds: 1, drainWithin: 20 }
  const storm = (schedule: Fault[], more: Partial<TargetedStorm> = {}) => ({
    schedule,
    environments: {},
    ...more,
    profile: { ...short, ...more.profile },
  })
  switch (mutation) {
    case 'sweeper':
      // What is accepted while the queue is away is never announced. Nothing will help the rest, so why wait for it.
      return storm([kill(0.5, 'nsq'), kill(3, 'nsq')], { profile: { seconds: 5, drainWithin: 5 } })
    case 'token':
      // A worker sleeps longer than its lease, another one does its photos, then it wakes and writes.
      return storm([stop(0.5, 'image-processor', 2.5), stop(4, 'image-processor-2', 2.5)], {
        profile: { processor: { LEASE_SECONDS: '1' } },
        environments: SLOW_STUB,
      })
    case 'lease':
      // Messages of photos that are being done come to other workers.
      return storm(
        [1, 2, 3, 4, 5].map((at) => ({ at, nemesis: 'reset', target: 'image-processor→nsqd', seconds: 0.1 })),
        {
          environments: SLOW_STUB,
        },
      )
    case 'order':
      return storm([kill(0.5, 'receiver'), kill(2.5, 'receiver'), kill(4.5, 'receiver')])
    case 'ack-early':
      return storm([kill(0.5, 'image-processor'), kill(2.5, 'image-processor-2'), kill(4.5, 'image-processor')])
  }
}

function kill(at: number, target: string): Fault {
  return { at, nemesis: 'kill', target, seconds: 0 }
}

function stop(at: number, target: string, seconds: number): Fault {
  return { at, nemesis: 'stop', target, seconds }
}
