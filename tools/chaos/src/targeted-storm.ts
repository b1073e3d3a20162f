import type { Fault } from './fault.ts'
import type { MutationName } from './mutation.ts'
import type { Profile } from './profile.ts'

interface TargetedStorm {
  schedule: Fault[]
  profile: Partial<Profile>
  environments: Record<string, Record<string, string>>
}

const SLOW_STUB = { 'face-recognition': { STUB_LATENCY_MS: '500' } }

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
      // A worker sleeps longer than its lease, another one does its photos, then it wakes and writes. With four photos at once
      // the sleeping one's share of the queue is full before its leases end, and what is announced again goes to the other one for sure;
      // that one manages 8 photos a second by itself.
      return storm([stop(1, 'image-processor', 4), stop(6, 'image-processor-2', 4), stop(11, 'image-processor', 4)], {
        profile: {
          rate: 6,
          seconds: 15.5,
          processor: { LEASE_SECONDS: '1', SWEEP_EVERY_SECONDS: '0.2', CONCURRENCY: '4' },
        },
        environments: SLOW_STUB,
      })
    case 'lease':
      // A message may come twice, the second time when the photo is final.
      return storm([{ at: 0.5, nemesis: 'duplicates', target: 'nsq', seconds: 3 }], { profile: { seconds: 4 } })
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
