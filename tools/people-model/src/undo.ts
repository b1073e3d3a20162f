import { type Operation, RefusedOperationError } from './operation.ts'
import {
  type Change,
  type Face,
  facesOf,
  pairOf,
  removeGroup,
  removeIfNothingKnown,
  type State,
  there,
} from './state.ts'

/** Takes a change back, unless it was changed since. Throws RefusedOperationError before it touches the state. */
export function undo(state: State, { change: number }: Operation<'undo'>): void {
  const change = state.changes.get(number)
  if (!change) throw new RefusedOperationError(404)
  if (!canUndo(state, number, change)) throw new RefusedOperationError(409)
  takeBack(state, change)
  change.undone = true
}

export function canUndo(state: State, number: string, change: Change): boolean {
  if (change.undone) return false
  const areThere = change.people.every((key) => there(state, key))
  switch (change.action) {
    case 'name':
      return (
        areThere &&
        areUnchanged(state, change, { by: change.person, own: change.apart?.own }) &&
        !isNamedSince(state, number, change.faces)
      )
    case 'split': {
      const face = state.faces.get(change.face)
      return areThere && face !== undefined && face.person === null && face.group === change.own
    }
    case 'apart':
      return !later(state, number).some((one) => one.action === 'apart' && one.pair === change.pair)
    case 'merge':
      return (
        there(state, change.into) !== undefined &&
        [...change.faces].every(([id, was]) => !was.decided || isStill(state, id, change.into)) &&
        !isNamedSince(state, number, change.faces)
      )
    case 'rename':
      return areThere && there(state, change.person)?.name === change.name
    case 'remove-image':
      return areThere && !isLearnedOfAnother(state, change.person, change.image)
    case 'delete':
      return state.people.get(change.person)?.deleted === 'undoable'
    case 'add':
      return areThere
  }
}

function takeBack(state: State, change: Change): void {
  switch (change.action) {
    case 'name': {
      const { person, learned, group, apart, portrait } = change
      if (learned) there(state, person)?.images.delete(learned)
      restore(state, change.faces)
      if (group && state.groups.get(group.key) === person) state.groups.set(group.key, group.person)
      if (apart) takeGroupBack(state, apart.own, apart.from)
      if (portrait) there(state, portrait.person)?.images.add(portrait.image)
      if (change.added) removeIfNothingKnown(state, person)
      return
    }
    case 'split':
      restore(state, new Map([[change.face, change.was]]))
      takeGroupBack(state, change.own, change.was.group)
      if (change.portrait) there(state, change.portrait.person)?.images.add(change.portrait.image)
      return
    case 'apart':
      if (!change.existed) state.apart.delete(change.pair)
      return
    case 'merge':
      part(state, change)
      return
    case 'rename': {
      const person = there(state, change.person)
      if (person) person.name = change.was
      return
    }
    case 'add':
      for (const image of change.images) there(state, change.person)?.images.delete(image)
      if (change.added) removeIfNothingKnown(state, change.person)
      return
    case 'remove-image':
      there(state, change.person)?.images.add(change.image)
      return
    case 'delete': {
      const { person: key, faces } = change
      const person = state.people.get(key)
      if (person) person.deleted = 'no'
      restore(state, new Map([...faces].filter(([id]) => isNobodys(state.faces.get(id)))))
      for (const image of person?.images ?? []) if (isLearnedOfAnother(state, key, image)) person?.images.delete(image)
    }
  }
}

/** One who was made one with somebody is there again. */
function part(state: State, { from, into, was, moved, faces, groups }: Change<'merge'>): void {
  const kept = there(state, into)
  const images = [...was.images].filter((image) => kept?.images.has(image))
  for (const image of moved) kept?.images.delete(image)
  state.people.set(from, { ...was, images: new Set(images) })
  restore(state, new Map([...faces].filter(([id]) => state.faces.get(id)?.person === into)))
  for (const group of groups) if (state.groups.get(group) === into) state.groups.set(group, from)
}

/** A person or cluster that is not there leaves an empty place. */
function restore(state: State, faces: Map<string, Face>): void {
  for (const [id, was] of faces) {
    const face = state.faces.get(id)
    if (!face) continue
    face.person = there(state, was.person) ? was.person : null
    face.group = was.group !== null && state.groups.has(was.group) ? was.group : null
    face.decided = was.decided
  }
}

function takeGroupBack(state: State, own: string, from: string | null): void {
  if (from !== null) state.apart.delete(pairOf(own, from))
  if (facesOf(state, ({ group }) => group === own).length === 0) removeGroup(state, own)
}

function areUnchanged(
  state: State,
  { faces }: Change<'name'>,
  { by, own }: { by: string; own: string | undefined },
): boolean {
  return [...faces].every(([id, was]) => {
    const goesBack = !was.decided || was.person === null || was.person === by || there(state, was.person) !== undefined
    return goesBack && isStill(state, id, by) && (own === undefined || state.faces.get(id)?.group === own)
  })
}

/** A face that is no more is no obstacle. */
function isStill(state: State, id: string, person: string): boolean {
  const face = state.faces.get(id)
  return !face || (face.decided && face.person === person)
}

function isNobodys(face: Face | undefined): boolean {
  if (!face) return false
  return face.decided && face.person === null && face.group === null
}

function isNamedSince(state: State, number: string, faces: Map<string, Face>): boolean {
  return later(state, number).some((change) => change.action === 'name' && faces.has(change.face))
}

/** Changes after this one that were not undone. */
function later(state: State, number: string): Change[] {
  const numbers = [...state.changes.keys()]
  return [...state.changes.values()].slice(numbers.indexOf(number) + 1).filter(({ undone }) => !undone)
}

/** A face is never enrolled for two people. */
function isLearnedOfAnother(state: State, person: string, image: string): boolean {
  const face = state.faces.get(image.replace(/^face /, ''))
  if (!face) return false
  return face.decided && face.person !== null && face.person !== person
}
