import { stubOutcome } from '@livepods/testing'
import { nobodyQuits, staysSmall } from '../invariants.ts'
import type { Invariant } from '../trial.ts'
import type { Row } from './audit.ts'
import type { PhotoEvidence, PhotoOperation } from './evidence.ts'

/** Sentences about what is wrong; none when it holds. */
type Check = (evidence: PhotoEvidence) => string[]

// The default of MAX_ATTEMPTS.
const MAX_ATTEMPTS = 5
const PROCESSED = 1

/** I1 in its first half: the row of every accepted photo is there, and its effect is whole. */
export const nothingLost: Check = ({ operations, rows }) => {
  const byPath = mapOf(rows, ({ path }) => path)
  const missing = [...accepted(operations).keys()].filter((path) => !byPath.has(path))
  const halves = rows.filter((row) => row.isFinal && row.faces !== facesOf(row))
  return [
    ...missing.map((path) => `${path} was accepted and has no row`),
    ...halves.map(({ path, outcome, faces }) => `${path} is ${outcome} with ${faces} faces`),
  ]
}

/** I1 in its second half: what was accepted is final. */
export const nothingStuck: Check = ({ rows }) =>
  rows
    .filter(({ isFinal }) => !isFinal)
    .map(({ id, path, status, attempts }) => `${path} (${id}) is in status ${status} after ${attempts} attempts`)

/** I2 */
export const oneEffectEach: Check = ({ effects }) => {
  const times = new Map<string, number>()
  for (const { id, generation, rounds } of effects) {
    const one = `photo ${id}, generation ${generation}, round ${rounds}`
    times.set(one, (times.get(one) ?? 0) + 1)
  }
  return [...times].filter(([, count]) => count > 1).map(([one, count]) => `${one} became final ${count} times`)
}

/** I2, the other way round: no row became final behind the trigger's back. */
export const everyEffectSeen: Check = ({ rows, effects }) => {
  const seen = new Set(effects.map(({ id }) => id))
  return rows
    .filter(({ id, isFinal }) => isFinal && !seen.has(id))
    .map(({ path }) => `${path} is final without an effect`)
}

/** I3 */
export const nothingInvented: Check = ({ operations, rows }) => {
  const possible = new Set<string>()
  for (const { type, value } of operations) {
    // "ok" and "info" may have stored it; a client that vanished in the middle of an operation has only its "invoke".
    if (type === 'ok' || type === 'info') for (const path of value.paths) possible.add(path)
  }
  return rows
    .filter(({ path }) => !possible.has(path))
    .map(({ path }) => `${path} has a row, but nobody sent it or it was refused`)
}

/** I4 */
export const oneIdEach: Check = ({ operations, rows }) => {
  const ids = mapOf(
    rows,
    ({ path }) => path,
    ({ id }) => id,
  )
  const wrong = operations.flatMap(({ type, f, value: { paths, ids: told = [], key } }) => {
    if (type !== 'ok') return []
    if (f === 'reuse-key') return [`key ${key} was accepted for another path, ${paths[0]}`]
    return paths.flatMap((path, index) => {
      const [id, stored] = [told[index], ids.get(path)]
      return id && stored && id !== stored ? [`${path} was told the id ${id} and has ${stored}`] : []
    })
  })
  const reused = new Set(operations.filter(({ f }) => f === 'reuse-key').flatMap(({ value }) => value.paths))
  return [
    ...wrong,
    ...rows.filter(({ path }) => reused.has(path)).map(({ path }) => `${path} was stored under a used key`),
  ]
}

/** I5 */
export const fewAttempts: Check = ({ rows }) =>
  rows
    .filter(({ attempts }) => attempts > MAX_ATTEMPTS)
    .map(({ path, attempts }) => `${path} was tried ${attempts} times`)

/** I6 */
export const rightOutcome: Check = ({ rows }) =>
  rows.flatMap(({ path, status, person, outcome, isFinal }) => {
    if (!isFinal) return []
    if ((status === PROCESSED) !== person > 0) return [`${path} has status ${status} and person ${person}`]
    // Attempts run out in bad times; what is on the photo is never mistaken.
    return outcome === stubOutcome(path) || outcome === 'EXHAUSTED'
      ? []
      : [`${path} is ${outcome}, not ${stubOutcome(path)}`]
  })

/** I11: also not for the time in which the known people were away; in the end everything may look right again. */
export const identificationsStay: Check = ({ rows, effects, losses = [] }) => {
  const paths = mapOf(
    rows,
    ({ id }) => id,
    ({ path }) => path,
  )
  const unknown = effects.filter(
    ({ id, outcome }) => outcome === 'UNIDENTIFIED' && stubOutcome(paths.get(id) ?? '') === 'IDENTIFIED',
  )
  return [
    ...losses.map((id) => `${paths.get(id)} was identified, and then it was not`),
    ...unknown.map(({ id }) => `${paths.get(id)} became UNIDENTIFIED, though its person is known`),
  ]
}

/** I7 */
export const breakerLegal: Check = ({ breakers }) =>
  breakers.flatMap(({ process, state, queue, history }) => {
    const told = history.map(({ to }) => to)
    const wrong: string[] = []
    if (told.some((to, index) => to === told[index - 1]))
      wrong.push(`${process} turned to the state that it had: ${told.join(' ')}`)
    if ((told.at(-1) ?? 'closed') !== state) wrong.push(`${process} is ${state} after ${told.join(' ') || 'nothing'}`)
    if (state === 'open' && queue === 'consuming') wrong.push(`${process} consumes with its breaker open`)
    return wrong
  })

/** I8; undefined when it does not apply, because there was more than rolling restarts. */
export function gracefulIsUnseen({
  operations,
  faults,
  redelivered,
  endings,
  rows,
}: PhotoEvidence): string[] | undefined {
  if (faults.length === 0 || faults.some(({ nemesis }) => nemesis !== 'roll')) return undefined
  const refused = operations.filter(({ type, f }) => type === 'info' || (type === 'fail' && f !== 'reuse-key'))
  return [
    ...faults.flatMap(({ target, skipped }) => (skipped ? [`${target} was not rolled: ${skipped}`] : [])),
    ...refused.map(({ f, value }) => `${f} ${value.paths[0]}: ${value.error}`),
    ...(redelivered.timedOut > 0 ? [`${redelivered.timedOut} messages timed out`] : []),
    ...(redelivered.cameAgain > 0 ? [`${redelivered.cameAgain} messages that were begun came again`] : []),
    ...rows.filter(({ attempts }) => attempts > 1).map(({ path, attempts }) => `${path} took ${attempts} attempts`),
    ...endings.filter(({ how }) => how !== 'exit code 0').map(({ name, how }) => `${name} ended with ${how}`),
  ]
}

export const INVARIANTS: readonly Invariant<PhotoEvidence>[] = [
  { id: 'I1', title: 'Whatever was accepted is final', lost: nothingLost, stuck: nothingStuck },
  { id: 'I2', title: 'Each photo becomes final once', twice: oneEffectEach, wrong: everyEffectSeen },
  { id: 'I3', title: 'No row that no client sent', wrong: nothingInvented },
  { id: 'I4', title: 'The same path and the same key have one id', wrong: oneIdEach },
  { id: 'I5', title: 'At most five attempts', wrong: fewAttempts },
  { id: 'I6', title: 'The right outcome, with a person exactly when processed', wrong: rightOutcome },
  { id: 'I7', title: 'Breakers open and close in turns, and pause consumption', wrong: breakerLegal },
  { id: 'I8', title: 'Rolling restarts are not noticed', wrong: gracefulIsUnseen },
  { id: 'I9', title: 'No process ends on its own', wrong: nobodyQuits },
  { id: 'I10', title: 'Memory and open files stay flat', wrong: staysSmall },
  { id: 'I11', title: 'Nobody who is known becomes unknown', wrong: identificationsStay },
]

/** Photos that the receiver said to have, by path. */
export function accepted(operations: PhotoEvidence['operations']): Map<string, PhotoOperation> {
  return new Map(
    operations
      .filter(({ type }) => type === 'ok')
      .flatMap((operation) => operation.value.paths.map((path) => [path, operation])),
  )
}

/** What the stub said, as faces; the last attempt of an exhausted photo leaves none. */
function facesOf({ outcome }: Row): number {
  return outcome === 'IDENTIFIED' || outcome === 'UNIDENTIFIED' ? 1 : 0
}

function mapOf<T, V = T>(
  items: T[],
  key: (item: T) => string,
  value: (item: T) => V = (item) => item as never,
): Map<string, V> {
  return new Map(items.map((item) => [key(item), value(item)]))
}
