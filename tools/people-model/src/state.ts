/** Who a face is. */
export interface Face {
  /** Key of a person. */
  person: string | null
  /** A person said so. */
  decided: boolean
  /** Key of a cluster. */
  group: string | null
  /** Its embedding is stored. */
  described: boolean
}

export interface Person {
  name: string
  /** A tombstone, which for a while can be undone. */
  deleted: 'no' | 'undoable' | 'expired'
  /** Known images, by what they show; of a tombstone those that were set aside. */
  images: Set<string>
}

/** The known image that a face was enrolled as for somebody whose it is not any more. */
interface Portrait {
  person: string
  image: string
}

interface ChangeOf {
  name: {
    face: string
    person: string
    /** As they were. */
    faces: Map<string, Face>
    /** The cluster that got the name, and whose it was. */
    group?: { key: string; person: string | null } | undefined
    /** Of a correction: the cluster that the face left, and its own. */
    apart?: { from: string; own: string } | undefined
    portrait?: Portrait | undefined
    learned?: string | undefined
    added: boolean
  }
  split: { face: string; was: Face; own: string; portrait?: Portrait | undefined }
  apart: { pair: string; existed: boolean }
  merge: { from: string; into: string; was: Person; moved: string[]; faces: Map<string, Face>; groups: string[] }
  rename: { person: string; name: string; was: string }
  add: { person: string; added: boolean; images: string[] }
  'remove-image': { person: string; image: string }
  delete: { person: string; faces: Map<string, Face> }
}

export type Action = keyof ChangeOf
export type Change<A extends Action = Action> = {
  [K in A]: ChangeOf[K] & { action: K; people: string[]; undone: boolean }
}[A]

/** All that can be known of people. Keys of what an operation makes are made of the operation's number. */
export interface State {
  /** By the id of the row, ascending. */
  faces: Map<string, Face>
  people: Map<string, Person>
  /** Whose each cluster is; the oldest first. */
  groups: Map<string, string | null>
  /** Cannot-links, as `pairOf`. */
  apart: Set<string>
  /** By the number of the operation; the oldest first. */
  changes: Map<string, Change>
}

export const pairOf = (a: string, b: string) => [a, b].sort().join(' ')
export const portraitOf = (face: string) => `face ${face}`

/** Somebody who is there: neither deleted nor unknown. */
export function there(state: State, key: string | null): Person | undefined {
  const person = key === null ? undefined : state.people.get(key)
  return person?.deleted === 'no' ? person : undefined
}

export function facesOf(state: State, is: (face: Face) => boolean): [id: string, face: Face][] {
  return [...state.faces].filter(([, face]) => is(face))
}

/** Copies, to be kept as they were. */
export const asTheyAre = (faces: [string, Face][]) => new Map(faces.map(([id, face]) => [id, { ...face }]))

/** A person of whom nothing is known any more is gone. */
export function removeIfNothingKnown(state: State, key: string): void {
  const known = facesOf(state, ({ person, decided }) => decided && person === key)
  if (known.length === 0 && state.people.get(key)?.images.size === 0) removePerson(state, key)
}

export function removePerson(state: State, key: string): void {
  state.people.delete(key)
  for (const face of state.faces.values()) if (face.person === key) face.person = null
  for (const [group, person] of state.groups) if (person === key) state.groups.set(group, null)
}

export function removeGroup(state: State, key: string): void {
  state.groups.delete(key)
  for (const face of state.faces.values()) if (face.group === key) face.group = null
  for (const pair of state.apart) if (pair.split(' ').includes(key)) state.apart.delete(pair)
}
