import fc from 'fast-check'
import { IDENTITIES, pictureOf } from './identities.ts'
import type { Names } from './names.ts'
import { type Kind, NO_PICTURE, type Operation } from './operation.ts'
import type { State } from './state.ts'

/** An operation without those whom it concerns: these are chosen by the numbers among what is there when it is its turn. */
export interface Draft {
  kind: Drafted
  a: number
  b: number
  c: number
  seen: 'not said' | 'as it is' | 'otherwise'
}

/** What happens next: one operation, two at once, or one that is cut, with another one before the repair. */
export type Step =
  | { how: 'alone'; draft: Draft }
  | { how: 'overlapping'; draft: Draft; other: Draft }
  | { how: 'cut'; draft: Draft; at: number; during: boolean; before: Draft | null }

/** The halves of what the image-processor does are for the model alone. */
type Drafted = Exclude<Kind, 'match' | 'cluster'>

const NAMES = ['Ada', 'Bob', 'Cid']
const BY_PEOPLE: [Drafted, number][] = [
  ['name', 8],
  ['split', 3],
  ['apart', 1],
  ['merge', 3],
  ['rename', 1],
  ['add', 2],
  ['add-photos', 2],
  ['remove-image', 2],
  ['delete', 3],
  ['undo', 8],
]
const BY_MACHINES: [Drafted, number][] = [
  ['group', 8],
  ['repair', 3],
]
/** Is over at once, and overlaps with nothing. */
const BY_TIME: [Drafted, number][] = [['expire', 3]]

function drafts(kinds: [Drafted, number][]): fc.Arbitrary<Draft> {
  const number = fc.nat({ max: 999 })
  return fc.record({
    kind: fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) }))),
    a: number,
    b: number,
    c: number,
    seen: fc.constantFrom('not said', 'not said', 'as it is', 'otherwise'),
  })
}

const alone = fc.record({
  how: fc.constant('alone' as const),
  draft: drafts([...BY_PEOPLE, ...BY_MACHINES, ...BY_TIME]),
})
const overlapping = fc.record({
  how: fc.constant('overlapping' as const),
  draft: drafts(BY_PEOPLE),
  other: drafts([...BY_PEOPLE, ...BY_MACHINES]),
})
const cut = fc.record({
  how: fc.constant('cut' as const),
  draft: drafts(BY_PEOPLE),
  at: fc.nat({ max: 30 }),
  during: fc.boolean(),
  before: fc.option(drafts(BY_PEOPLE)),
})

/** What two people, two machines, time and death do one after another. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: alone }, { weight: 2, arbitrary: overlapping }, { weight: 2, arbitrary: cut }),
  { minLength: 1, maxLength: 14, size: 'max' },
)

/** Fills a draft in; undefined where there is nobody whom it could concern. */
export function operationOf(
  draft: Draft,
  number: string,
  { state, names }: { state: State; names: Names },
): Operation | undefined {
  const { kind, a, b, c } = draft
  const bound = (what: 'person' | 'group' | 'change', keys: Iterable<string>) =>
    [...keys].filter((key) => names.id(what, key) !== undefined)
  const [people, groups, changes] = [
    bound('person', state.people.keys()),
    bound('group', state.groups.keys()),
    bound('change', state.changes.keys()),
  ]
  const [one, other] = [pick(people, a), pick(people, b)]
  const [cluster, another] = [pick(groups, a), pick(groups, b)]
  const name = pick(NAMES, c) ?? ''
  const face = pick([...state.faces.keys()], a) ?? ''
  const seen = seenBy(draft, state, { face, person: pick(people, b + 1) })
  if (kind === 'name') {
    const known = b % 3 > 0 ? pick(people, c) : undefined
    return { kind, number, face, who: known === undefined ? { name } : { person: known }, seen }
  }
  if (kind === 'split') return { kind, number, face, seen }
  if (kind === 'add') return { kind, number, name, pictures: picturesOf(a, b) }
  if (kind === 'expire' || kind === 'repair' || kind === 'group') return { kind, number }
  if (kind === 'apart') return cluster && another ? { kind, number, one: cluster, other: another } : undefined
  if (kind === 'undo') {
    // Mostly one of the last.
    const change = pick(changes.slice(b % 3 === 0 ? 0 : -3), a)
    return change ? { kind, number, change } : undefined
  }
  if (!one || !other) return undefined
  if (kind === 'merge') return { kind, number, from: one, into: other }
  if (kind === 'rename') return { kind, number, person: one, name }
  if (kind === 'add-photos') return { kind, number, person: one, pictures: picturesOf(c, b) }
  if (kind === 'delete') return { kind, number, person: one }
  const image = pick([...(state.people.get(one)?.images ?? [])], b)
  return image ? { kind, number, person: one, image } : undefined
}

const pick = <T>(all: T[], at: number): T | undefined => all[at % all.length]

/** One or two, of which few exist, so that people have the same. */
function picturesOf(a: number, b: number): string[] {
  const picture = (number: number) => (number % 9 === 0 ? NO_PICTURE : pictureOf(number % IDENTITIES, number % 4))
  return b % 2 === 0 ? [picture(a)] : [picture(a), picture(b)]
}

function seenBy({ seen }: Draft, state: State, { face, person }: { face: string; person: string | undefined }) {
  if (seen === 'not said') return undefined
  const { person: whose = null, decided = false } = state.faces.get(face) ?? {}
  if (seen === 'as it is') return decided ? whose : null
  return person ?? null
}
