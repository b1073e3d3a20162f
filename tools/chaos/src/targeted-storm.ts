import type { Fault, Situation } from './fault.ts'
import type { MutationName } from './mutation.ts'
import type { Profile } from './profile.ts'

export interface TargetedStorm {
  situations: Fault[]
  profile: Partial<Profile>
  environments: Record<string, Record<string, string>>
}

/** So often each situation is made. */
const TIMES = 3

/** For a storm that is nothing but these situations. */
export const SHORT = { seconds: 0, calmSeconds: 1, drainWithin: 20 } satisfies Partial<Profile>

/** The situations in which a mistake must show, since each needs another fault to do harm, and the settings that bring them about soon. */
export function targetedStorm(mutation: MutationName): TargetedStorm {
  switch (mutation) {
    case 'sweeper':
      // What is accepted while the queue is away is never announced. Nothing will help the rest, so why wait for it.
      return storm('queue-gone', ['nsq'], { profile: { drainWithin: 5 } })
    case 'token':
      // Its photos take so long that it has some in hand, and a call may take longer than a lease and than the sleep: it must have the
      // answer to write when it wakes.
      return storm('outlived-lease', ['image-processor', 'image-processor-2'], {
        profile: {
          rate: 6,
          processor: { LEASE_SECONDS: '1', SWEEP_EVERY_SECONDS: '0.2', CONCURRENCY: '4', CALL_WITHIN_SECONDS: '120' },
        },
        environments: { 'face-recognition': { STUB_LATENCY_MS: '500' } },
      })
    case 'lease':
      // So few that they are worked off on a slow machine too: a repeated message comes after all that wait.
      return storm('repeated-message', ['nsq'], { profile: { rate: 6 } })
    case 'order':
      return storm('crash-after-answer', ['receiver'], { profile: { rate: 6 } })
    case 'ack-early':
      return storm('crash-between-writes', ['image-processor', 'image-processor-2'], { profile: { rate: 6 } })
  }
}

function storm(
  nemesis: Situation,
  targets: string[],
  { profile = {}, environments = {} }: Partial<TargetedStorm> = {},
): TargetedStorm {
  const situations = Array.from({ length: TIMES }, (_, time) => ({
    at: 0,
    nemesis,
    target: targets[time % targets.length] as string,
    seconds: 0,
  }))
  return { situations, profile, environments }
}
