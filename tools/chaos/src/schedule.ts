import type { Fault, Nemesis } from './fault.ts'
import type { Profile } from './profile.ts'
import { type Random, randomOf } from './random.ts'

export const PROCESSES = [
  'receiver',
  'image-processor',
  'image-processor-2',
  'face-recognition',
  'nsq',
  'database',
  'frontend',
] as const

/** Every connection of the suite, by who opens it and where it leads. */
export const EDGES = [
  'clients→receiver',
  'receiver→database',
  'receiver→nsqd-http',
  'image-processor→database',
  'image-processor→nsqd',
  'image-processor→nsqd-http',
  'image-processor→nsqlookupd',
  'image-processor→face-recognition',
  'image-processor-2→database',
  'image-processor-2→face-recognition',
  'frontend→database',
] as const

const ROLLABLE = ['receiver', 'image-processor', 'face-recognition', 'frontend'] as const
const LATENCIES_MS = [50, 200, 1000] as const

/** The faults of a run. The same seed and profile give the same, always. */
export function scheduleOf(seed: number, profile: Profile): Fault[] {
  const random = randomOf(seed)
  const faults: Fault[] = []
  let deck: Nemesis[] = []
  const last = profile.seconds - profile.quietSeconds
  for (let at = 0; ; ) {
    at = tenths(at + profile.gap[0] + random.next() * (profile.gap[1] - profile.gap[0]))
    if (at >= last) return faults
    if (deck.length === 0) deck = random.shuffled(profile.nemeses)
    const nemesis = deck.pop() as Nemesis
    const [shortest, longest] = profile.lasts
    const seconds = tenths(Math.min(last - at, shortest + random.next() * (longest - shortest)))
    const fault = faultOf(nemesis, { at, seconds, random })
    // Two hands on one thing would undo each other's work.
    if (!faults.some((other) => isOn(other, fault) && other.at + other.seconds + 1 > at)) faults.push(fault)
  }
}

function faultOf(nemesis: Nemesis, { at, seconds, random }: { at: number; seconds: number; random: Random }): Fault {
  switch (nemesis) {
    case 'kill':
    case 'term':
      return { at, nemesis, target: random.pick(PROCESSES), seconds: 0 }
    case 'stop':
      return { at, nemesis, target: random.pick(PROCESSES), seconds }
    case 'roll':
      return { at, nemesis, target: random.pick(ROLLABLE), seconds: 0 }
    case 'wrong-order':
      return { at, nemesis, target: random.shuffled(PROCESSES).slice(0, 3).join('+'), seconds: 0 }
    case 'latency':
      return { at, nemesis, target: random.pick(EDGES), seconds, amount: random.pick(LATENCIES_MS) }
    case 'cut':
      return { at, nemesis, target: random.pick(EDGES), seconds, amount: random.between(1, 2000) }
    case 'bandwidth':
    case 'black-hole':
    case 'reset':
    case 'half-close':
      return { at, nemesis, target: random.pick(EDGES), seconds }
    case 'kill-sessions':
    case 'deadlock':
    case 'disk-full':
      return { at, nemesis, target: 'database', seconds }
    case 'duplicates':
      return { at, nemesis, target: 'nsq', seconds }
    case 'slow-faces':
    case 'failing-faces':
      return { at, nemesis, target: 'face-recognition', seconds }
  }
}

function isOn(one: Fault, other: Fault): boolean {
  const targets = one.target.split('+')
  return other.target.split('+').some((target) => targets.includes(target))
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
