import type { Fault, Nemeses } from './fault.ts'
import { named } from './named.ts'
import type { Profile } from './profile.ts'
import { type Random, randomOf } from './random.ts'

// As long as a lease.
const LONGEST_STOP = 30
const IN_WRONG_ORDER = 3
const LATENCIES_MS = [50, 200, 1000] as const
const BYTES_BEFORE_CUT = [1, 2000] as const
/** Any number: makes the seed of what is drawn apart another one. */
const APART = 0x53544f52

/** The faults of a run. The same seed, profile and nemeses give the same, always. */
export function scheduleOf(seed: number, profile: Profile, nemeses: Nemeses): Fault[] {
  if (profile.oneByOneSeconds !== undefined) return oneByOne(profile, nemeses, profile.oneByOneSeconds)
  const drawn = profile.nemeses.length > 0 ? overlapping(seed, profile, nemeses) : []
  return [...drawn, ...apart(seed, profile, nemeses)].toSorted((one, other) => one.at - other.at)
}

/** They have random numbers of their own: the times and targets of the other faults of a seed stay what they are. */
function apart(seed: number, { apart, lasts, seconds, quietSeconds }: Profile, nemeses: Nemeses): Fault[] {
  if (!apart) return []
  const random = randomOf(seed ^ APART)
  const deal = dealer(random)
  const between = ([least, most]: readonly [number, number]) => least + random.next() * (most - least)
  const faults: Fault[] = []
  for (let end = 0; ; ) {
    const at = tenths(end + between(apart.gap))
    const fault = faultOf(deal(apart.nemeses), { at, seconds: tenths(between(lasts)), random, deal, nemeses })
    end = at + fault.seconds
    if (end > seconds - quietSeconds) return faults
    faults.push(fault)
  }
}

function overlapping(seed: number, profile: Profile, nemeses: Nemeses): Fault[] {
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
      nemeses,
    })
    // Two hands on one thing would undo each other's work.
    const free = latestEnd(faults.filter((other) => isOn(other, drawn)))
    const [least, most] = profile.gap
    const at = tenths(Math.max(drawn.at, free ?? 0) + least + random.next() * (most - least))
    if (at + drawn.seconds > last) return faults
    faults.push({ ...drawn, at })
  }
}

function oneByOne({ nemeses: names, lasts: [lasts] }: Profile, nemeses: Nemeses, pauseSeconds: number): Fault[] {
  let at = 0
  return names.flatMap((nemesis) => {
    const { targets, instant } = named(nemesis, nemeses)
    return targets.map((target) => {
      const fault = { nemesis, target, seconds: instant ? 0 : lasts, at }
      at += fault.seconds + pauseSeconds
      return fault
    })
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

interface Draw {
  at: number
  seconds: number
  random: Random
  deal: Deal
  nemeses: Nemeses
}

function faultOf(nemesis: string, { at, seconds: lasts, random, deal, nemeses }: Draw): Fault {
  const { targets, instant } = named(nemesis, nemeses)
  const seconds = instant ? 0 : lasts
  switch (nemesis) {
    case 'term':
      return { at, nemesis, target: random.pick(targets), seconds }
    case 'stop':
      return { at, nemesis, target: random.pick(targets), seconds: Math.min(LONGEST_STOP, tenths(2 * seconds)) }
    case 'wrong-order':
      return { at, nemesis, target: random.shuffled(targets).slice(0, IN_WRONG_ORDER).join('+'), seconds }
    case 'latency':
      return { at, nemesis, target: deal(targets), seconds, amount: random.pick(LATENCIES_MS) }
    case 'cut':
      return { at, nemesis, target: deal(targets), seconds, amount: random.between(...BYTES_BEFORE_CUT) }
    default:
      return { at, nemesis, target: deal(targets), seconds }
  }
}

function isOn(one: Fault, other: Fault): boolean {
  const targets = one.target.split('+')
  return other.target.split('+').some((target) => targets.includes(target))
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
