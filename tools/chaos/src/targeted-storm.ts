import type { Fault } from './fault.ts'
import type { MutationName } from './mutation.ts'
import type { Profile } from './profile.ts'

interface TargetedStorm {
  schedule: Fault[]
  profile: Partial<Profile>
  environments: Record<string, Record<string, string>>
}

const SLOW_STUB = { 'face-recognition': { STUB_LATENCY_MS: '500' } }

// What one slow worker can do, so that it takes up at once what the other one sleeps on.
const UNHURRIED = { rate: 6 }

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
      return storm([stop(2, 'image-processor', 4.5), stop(8, 'image-processor-2', 4.5)], {
        profile: { ...UNHURRIED, seconds: 13.5, processor: { LEASE_SECONDS: '1', SWEEP_EVERY_SECONDS: '0.2' } },
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
