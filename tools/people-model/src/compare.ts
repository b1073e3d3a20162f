import type { Kind, Names } from './names.ts'
import type { Snapshot } from './snapshot.ts'
import type { State } from './state.ts'

/**
 * In what the real thing is not what the model says, in sentences; none: it is that. Rows that are new are taken for what the model has
 * newly made, and `names` learns them.
 */
export function compare(state: State, snapshot: Snapshot, names: Names): string[] {
  bindPeople(state, snapshot, names)
  bindGroups(state, snapshot, names)
  bindChanges(state, snapshot, names)
  return [
    ...differences(
      'person',
      told(state.people, (key) => names.id('person', key), personText),
      told(snapshot.people, same, personText),
    ),
    ...differences('face', faceTexts(state, names), told(snapshot.faces, same, faceText)),
    ...differences('cluster', groupTexts(state, names), shownGroups(snapshot, names)),
    ...differences('cannot-link', links(state, names), shownLinks(snapshot)),
    ...differences(
      'change',
      told(state.changes, (key) => names.id('change', key), changeText),
      told(snapshot.changes, same, changeText),
    ),
  ]
}

const same = (id: string) => id

function told<T>(all: Map<string, T>, id: (key: string) => string | undefined, text: (one: T) => string) {
  return new Map([...all].map(([key, one]) => [id(key) ?? `of ${key}`, text(one)]))
}

function differences(what: string, expected: Map<string, string>, found: Map<string, string>): string[] {
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((id) =>
    expected.get(id) === found.get(id)
      ? []
      : [`${what} ${id} should be ${expected.get(id) ?? 'none'}, and is ${found.get(id) ?? 'none'}`],
  )
}

function personText({
  name,
  deleted,
  images,
}: {
  name: string
  deleted: boolean | string
  images: Set<string>
}): string {
  return `${name}${deleted === false || deleted === 'no' ? '' : ', deleted,'} with [${[...images].sort().join(', ')}]`
}

function faceText({
  person,
  decided,
  group,
  described,
}: Snapshot['faces'] extends Map<string, infer F> ? F : never): string {
  return `${person ?? 'nobody'}'s${decided ? ' by word' : ''} in ${group ?? 'no cluster'}${described ? '' : ', forgotten'}`
}

function faceTexts(state: State, names: Names): Map<string, string> {
  const id = (kind: 'person' | 'group', key: string | null) => (key === null ? null : (names.id(kind, key) ?? key))
  return told(state.faces, same, ({ person, group, ...face }) =>
    faceText({ ...face, person: id('person', person), group: id('group', group) }),
  )
}

const changeText = ({ action, undone }: { action: string; undone: boolean }) => `${action}${undone ? ', undone' : ''}`

function groupTexts(state: State, names: Names): Map<string, string> {
  return told(
    state.groups,
    (key) => names.id('group', key),
    (person) => `${person === null ? 'nobody' : names.id('person', person)}'s`,
  )
}

/** An empty one without a name that the model does not know was founded for a face that was named meanwhile. */
function shownGroups({ groups, faces }: Snapshot, names: Names): Map<string, string> {
  const used = new Set([...faces.values()].map(({ group }) => group))
  const shown = [...groups].filter(
    ([id, person]) => person !== null || used.has(id) || names.key('group', id) !== undefined,
  )
  return told(new Map(shown), same, (person) => `${person ?? 'nobody'}'s`)
}

function links({ apart }: State, names: Names): Map<string, string> {
  const id = (key: string) => names.id('group', key) ?? `of ${key}`
  return new Map([...apart].map((pair) => [inOrder(pair.split(' ').map(id)), 'there']))
}

function shownLinks({ apart }: Snapshot): Map<string, string> {
  return new Map([...apart].map((pair) => [inOrder(pair.split(' ')), 'there']))
}

const inOrder = (ids: string[]) => ids.sort().join(' ')

function bindPeople(state: State, snapshot: Snapshot, names: Names): void {
  bind('person', names, state.people, snapshot.people, ([, one], [, other]) => one.name === other.name)
}

/** By the faces that are in it. */
function bindGroups(state: State, snapshot: Snapshot, names: Names): void {
  const members = (faces: Map<string, { group: string | null }>) => {
    const of = Map.groupBy(faces, ([, { group }]) => group)
    return (group: string) => (of.get(group) ?? []).map(([face]) => face).join()
  }
  const [expected, found] = [members(state.faces), members(snapshot.faces)]
  bind('group', names, state.groups, snapshot.groups, ([key], [id]) => expected(key) === found(id))
}

function bindChanges(state: State, snapshot: Snapshot, names: Names): void {
  bind('change', names, state.changes, snapshot.changes, ([, one], [, other]) => one.action === other.action)
}

/** Takes the first row that is nobody's yet, and is it, for each key that has none. */
function bind<Expected, Found>(
  kind: Kind,
  names: Names,
  expected: Map<string, Expected>,
  found: Map<string, Found>,
  isIt: (expected: [string, Expected], found: [string, Found]) => boolean,
): void {
  const free = [...found].filter(([id]) => names.key(kind, id) === undefined)
  for (const entry of expected) {
    if (names.id(kind, entry[0]) !== undefined) continue
    const at = free.findIndex((row) => isIt(entry, row))
    const [row] = at < 0 ? [] : free.splice(at, 1)
    if (row) names.bind(kind, entry[0], row[0])
  }
}
