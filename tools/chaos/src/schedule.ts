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
// As long as a lease.
const LONGEST_STOP = 30
const STORE_NEMESES = ['store-away', 'store-slow', 'store-lies', 'known-gone'] as const
/** Any number: makes the seed of their random numbers another one. */
const STORE = 0x53544f52
const LATENCIES_MS = [50, 200, 1000] as const

/** The faults of a run. The same seed and profile give the same, always. */
export function scheduleOf(seed: number, profile: Profile): Fault[] {
  if (profile.oneByOneSeconds !== undefined) return oneByOne(profile.lasts[0], profile.oneByOneSeconds)
  const faults = [...(profile.nemeses.length > 0 ? partFaults(seed, profile) : []), ...storeFaults(seed, profile)]
  return faults.toSorted((one, other) => one.at - other.at)
}

/** They have random numbers of their own: the times and targets of the other faults of a seed stay what they are. */
function storeFaults(seed: number, { storeGap, lasts, seconds, quietSeconds }: Profile): Fault[] {
  if (!storeGap) return []
  const random = randomOf(seed ^ STORE)
  const deal = dealer(random)
  const between = ([least, most]: [number, number]) => least + random.next() * (most - least)
  const faults: Fault[] = []
  for (let end = 0; ; ) {
    const at = tenths(end + between(storeGap))
    const fault = faultOf(deal(STORE_NEMESES), { at, seconds: tenths(between(lasts)), random, deal })
    end = at + fault.seconds
    if (end > seconds - quietSeconds) return faults
    faults.push(fault)
  }
}

function partFaults(seed: number, profile: Profile): Fault[] {
  const random = randomOf(seed)
  const faults: Fault[] = []
  const deal = dealer(random)
  const last = profile.seconds - profile.quietSeconds
  for (;;) {
    const previous = faults.at(-1)
    const [shortest, longest] = profile.lasts
    const drawn = faultOf(deal(profile.nemeses), {
      at: (random.next() < profile.overlap ? previous?.at : latestEnd(faults)) ?? 0,
      seconds: tenths(shortest + random.next() * (longest - shortest)),
      random,
      deal,
    })
    // Two hands on one thing would undo each other's work.
    const free = latestEnd(faults.filter((other) => isOn(other, drawn)))
    const [least, most] = profile.gap
    const at = tenths(Math.max(drawn.at, free ?? 0) + least + random.next() * (most - least))
    if (at + drawn.seconds > last) return faults
    faults.push({ ...drawn, at })
  }
}

/** Every process is killed and stopped, every edge cut off, and the rest happens, each once and alone. */
function oneByOne(seconds: number, pauseSeconds: number): Fault[] {
  const all: Omit<Fault, 'at'>[] = [
    ...PROCESSES.map((target) => ({ nemesis: 'kill' as const, target, seconds: 0 })),
    ...PROCESSES.map((target) => ({ nemesis: 'stop' as const, target, seconds })),
    ...EDGES.map((target) => ({ nemesis: 'black-hole' as const, target, seconds })),
    ...(['disk-full', 'kill-sessions', 'deadlock'] as const).map((nemesis) => ({
      nemesis,
      target: 'database',
      seconds,
    })),
    ...(['slow-faces', 'failing-faces'] as const).map((nemesis) => ({ nemesis, target: 'face-recognition', seconds })),
    ...STORE_NEMESES.map((nemesis) => ({ nemesis, target: targetIn(nemesis), seconds })),
  ]
  let at = 0
  return all.map((fault) => {
    const one = { ...fault, at }
    at += fault.seconds + pauseSeconds
    return one
  })
}

type Deal = <T>(cards: readonly T[]) => T

/** Deals each card once, in any order, before one comes again; so every part gets its share. */
function dealer(random: Random): Deal {
  const decks = new Map<readonly unknown[], unknown[]>()
  return <T>(cards: readonly T[]) => {
    const left = decks.get(cards) ?? []
    if (left.length === 0) left.push(...random.shuffled(cards))
    decks.set(cards, left)
    return left.pop() as T
  }
}

function latestEnd(faults: readonly Fault[]): number | undefined {
  return faults.length > 0 ? Math.max(...faults.map(({ at, seconds }) => at + seconds)) : undefined
}

function faultOf(
  nemesis: Nemesis,
  { at, seconds, random, deal }: { at: number; seconds: number; random: Random; deal: Deal },
): Fault {
  switch (nemesis) {
    case 'kill':
      return { at, nemesis, target: deal(PROCESSES), seconds: 0 }
    case 'term':
      return { at, nemesis, target: random.pick(PROCESSES), seconds: 0 }
    case 'stop':
      return { at, nemesis, target: random.pick(PROCESSES), seconds: Math.min(LONGEST_STOP, tenths(2 * seconds)) }
    case 'roll':
      return { at, nemesis, target: deal(ROLLABLE), seconds: 0 }
    case 'wrong-order':
      return { at, nemesis, target: random.shuffled(PROCESSES).slice(0, 3).join('+'), seconds: 0 }
    case 'latency':
      return { at, nemesis, target: deal(EDGES), seconds, amount: random.pick(LATENCIES_MS) }
    case 'cut':
      return { at, nemesis, target: deal(EDGES), seconds, amount: random.between(1, 2000) }
    case 'bandwidth':
    case 'black-hole':
    case 'reset':
    case 'half-close':
      return { at, nemesis, target: deal(EDGES), seconds }
    case 'kill-sessions':
    case 'deadlock':
    case 'disk-full':
      return { at, nemesis, target: 'database', seconds }
    case 'duplicates':
      return { at, nemesis, target: 'nsq', seconds }
    case 'slow-faces':
    case 'failing-faces':
      return { at, nemesis, target: 'face-recognition', seconds }
    case 'store-away':
    case 'store-slow':
    case 'store-lies':
    case 'known-gone':
      return { at, nemesis, target: targetIn(nemesis), seconds }
  }
}

function targetIn(nemesis: (typeof STORE_NEMESES)[number]): string {
  return nemesis === 'known-gone' ? 'known people' : 'store'
}

function isOn(one: Fault, other: Fault): boolean {
  const targets = one.target.split('+')
  return other.target.split('+').some((target) => targets.includes(target))
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
