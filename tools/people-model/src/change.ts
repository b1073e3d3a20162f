import { NO_PICTURE, type Operation, RefusedOperationError } from './operation.ts'
import {
  asTheyAre,
  type Change,
  type Face,
  facesOf,
  pairOf,
  portraitOf,
  removeGroup,
  removePerson,
  type State,
  there,
} from './state.ts'

/** The meaning of every change of people (docs/decisions/0010). Each throws RefusedOperationError before it touches the state. */
export const CHANGE = {
  name(state: State, { number, face: id, who, seen }: Operation<'name'>): void {
    const face = found(state.faces.get(id))
    const said = saidOf(state, face)
    const saysTheSame = 'name' in who && said !== undefined && state.people.get(said)?.name === who.name
    const meant = seen !== undefined && said !== seen && saysTheSame ? { person: said } : who
    refuseUnseen(said, seen, 'person' in meant ? meant.person : undefined)
    if ('person' in meant) found(there(state, meant.person))
    else refuseTaken(state, meant.name)
    const key = 'person' in meant ? meant.person : `${number}.person`
    const added = !('person' in meant)
    if (!('person' in meant)) state.people.set(key, { name: meant.name, deleted: 'no', images: new Set() })
    const groupPerson = face.group === null ? null : (state.groups.get(face.group) ?? null)
    const former = [face.person, groupPerson].find((one) => one !== null && one !== key) ?? undefined
    const how = former === undefined ? nameAll(state, id, key) : correct(state, { number, id, former, person: key })
    const { images } = found(state.people.get(key))
    const learned = images.has(portraitOf(id)) ? undefined : portraitOf(id)
    images.add(portraitOf(id))
    const people = former === undefined ? [key] : [key, former]
    record(state, number, { action: 'name', people, face: id, person: key, added, learned, ...how })
  },

  split(state: State, { number, face: id, seen }: Operation<'split'>): void {
    const face = found(state.faces.get(id))
    if (face.person === null && face.group === null) throw new RefusedOperationError(409)
    const person = face.person === null ? undefined : found(there(state, face.person))
    refuseUnseen(saidOf(state, face), seen, undefined)
    const was = { ...face }
    const own = ownGroup(state, number, null, face.group)
    Object.assign(face, { person: null, decided: true, group: own })
    const portrait = was.person !== null && person?.images.delete(portraitOf(id))
    record(state, number, {
      action: 'split',
      people: was.person === null ? [] : [was.person],
      face: id,
      was,
      own,
      portrait: portrait && was.person !== null ? { person: was.person, image: portraitOf(id) } : undefined,
    })
  },

  apart(state: State, { number, one, other }: Operation<'apart'>): void {
    if (one === other) throw new RefusedOperationError(400)
    if (!state.groups.has(one) || !state.groups.has(other)) throw new RefusedOperationError(404)
    const pair = pairOf(one, other)
    record(state, number, { action: 'apart', people: [], pair, existed: state.apart.has(pair) })
    state.apart.add(pair)
  },

  merge(state: State, { number, from, into }: Operation<'merge'>): void {
    if (from === into) throw new RefusedOperationError(400)
    const [was, kept] = [found(there(state, from)), found(there(state, into))]
    const faces = facesOf(state, ({ person }) => person === from)
    const groups = [...state.groups].flatMap(([key, person]) => (person === from ? [key] : []))
    const moved = [...was.images].filter((image) => !kept.images.has(image))
    record(state, number, {
      action: 'merge',
      people: [from, into],
      ...{ from, into, was: { ...was, images: new Set(was.images) }, moved, faces: asTheyAre(faces), groups },
    })
    for (const [, face] of faces) face.person = into
    for (const group of groups) state.groups.set(group, into)
    for (const image of moved) kept.images.add(image)
    removePerson(state, from)
  },

  rename(state: State, { number, person: key, name }: Operation<'rename'>): void {
    const person = found(there(state, key))
    refuseTaken(state, name, key)
    record(state, number, { action: 'rename', people: [key], person: key, name, was: person.name })
    person.name = name
  },

  add(state: State, { number, name, pictures }: Operation<'add'>): void {
    refuseTaken(state, name)
    const images = taken(pictures)
    const person = `${number}.person`
    state.people.set(person, { name, deleted: 'no', images: new Set(images) })
    record(state, number, { action: 'add', people: [person], person, added: true, images })
  },

  'add-photos'(state: State, { number, person: key, pictures }: Operation<'add-photos'>): void {
    const person = found(there(state, key))
    const images = taken(pictures).filter((image) => !person.images.has(image))
    for (const image of images) person.images.add(image)
    record(state, number, { action: 'add', people: [key], person: key, added: false, images })
  },

  'remove-image'(state: State, { number, person, image }: Operation<'remove-image'>): void {
    if (!found(there(state, person)).images.delete(image)) throw new RefusedOperationError(404)
    record(state, number, { action: 'remove-image', people: [person], person, image })
  },

  delete(state: State, { number, person: key }: Operation<'delete'>): void {
    const person = found(there(state, key))
    const touched = facesOf(state, (face) => isTouched(state, key, face))
    record(state, number, { action: 'delete', people: [key], person: key, faces: asTheyAre(touched) })
    for (const [, face] of touched) Object.assign(face, NOBODYS)
    person.deleted = 'undoable'
  },

  expire(state: State): void {
    for (const person of state.people.values()) if (person.deleted === 'undoable') person.deleted = 'expired'
  },

  /** Of what an operation left half done nothing is known here: it is done, or was never begun. */
  repair(state: State): void {
    for (const [key, { deleted }] of state.people) if (deleted === 'expired') purge(state, key)
  },
}

const NOBODYS = { person: null, decided: true, group: null }

function nameAll(state: State, id: string, person: string) {
  const key = state.faces.get(id)?.group ?? null
  const named = facesOf(state, ({ group, decided }) => group !== null && group === key && !decided)
  const own = facesOf(state, (face) => face === state.faces.get(id))
  const faces = asTheyAre([...own, ...named])
  for (const [, face] of [...own, ...named]) Object.assign(face, { person, decided: true })
  const group = key === null ? undefined : { key, person: state.groups.get(key) ?? null }
  if (group) state.groups.set(group.key, person)
  return { faces, group }
}

function correct(
  state: State,
  { number, id, former, person }: { number: string; id: string; former: string; person: string },
) {
  const face = found(state.faces.get(id))
  const faces = asTheyAre([[id, face]])
  const from = face.group
  const own = from === null ? null : ownGroup(state, number, person, from)
  Object.assign(face, { person, decided: true, group: own })
  const hadPortrait = there(state, former)?.images.delete(portraitOf(id))
  return {
    faces,
    apart: from === null || own === null ? undefined : { from, own },
    portrait: hadPortrait ? { person: former, image: portraitOf(id) } : undefined,
  }
}

function ownGroup(state: State, number: string, person: string | null, from: string | null): string {
  const own = `${number}.group`
  state.groups.set(own, person)
  if (from !== null) state.apart.add(pairOf(own, from))
  return own
}

/** The faces that go with a person: theirs, and those of their clusters that are nobody's. */
function isTouched(state: State, key: string, { person, group }: Face): boolean {
  return person === key || (person === null && group !== null && state.groups.get(group) === key)
}

/** Nothing is left of them. */
function purge(state: State, key: string): void {
  const deletion = [...state.changes].findLast(
    ([, change]) => change.action === 'delete' && change.person === key && !change.undone,
  )
  const forgotten = new Set(deletion?.[1].action === 'delete' ? deletion[1].faces.keys() : [])
  for (const [id, face] of state.faces) {
    const isStillNobodys = face.person === null && face.decided && face.group === null
    if (isTouched(state, key, face) || (forgotten.has(id) && isStillNobodys))
      Object.assign(face, NOBODYS, { described: false })
  }
  for (const [group, person] of state.groups) if (person === key) removeGroup(state, group)
  removePerson(state, key)
  const gone = mergedInto(state, key)
  for (const [number, { people }] of state.changes)
    if (number !== deletion?.[0] && people.some((one) => gone.has(one))) state.changes.delete(number)
}

/** The person, and all who became them. */
function mergedInto(state: State, key: string): Set<string> {
  const all = new Set([key])
  for (const change of [...state.changes.values()].reverse())
    if (change.action === 'merge' && !change.undone && all.has(change.into)) all.add(change.from)
  return all
}

export function record(state: State, number: string, change: DistributedOmit<Change, 'undone'>): void {
  state.changes.set(number, { ...change, undone: false } as Change)
}

type DistributedOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new RefusedOperationError(404)
  return value
}

function saidOf(state: State, { person, decided }: Face): string | undefined {
  return decided && person !== null && there(state, person) ? person : undefined
}

function refuseUnseen(said: string | undefined, seen: string | null | undefined, meant: string | undefined): void {
  if (seen !== undefined && said !== undefined && said !== seen && said !== meant) throw new RefusedOperationError(409)
}

function refuseTaken(state: State, name: string, but?: string): void {
  for (const [key, person] of state.people)
    if (key !== but && person.deleted === 'no' && person.name === name) throw new RefusedOperationError(409)
}

/** Those of the pictures that are some, each once. */
function taken(pictures: string[]): string[] {
  const images = [...new Set(pictures)].filter((picture) => picture !== NO_PICTURE)
  if (images.length === 0) throw new RefusedOperationError(422)
  return images
}
