import type { PlayedFault } from '../fault.ts'
import { nobodyQuits, staysSmall } from '../invariants.ts'
import type { Invariant } from '../trial.ts'
import type { LiveEvidence, LiveOperation, Owners } from './evidence.ts'
import { PEER_EDGES } from './targets.ts'

/** Sentences about what is wrong; none when it holds. */
type Check = (evidence: LiveEvidence) => string[]

/** Two owners know of each other, and one of them has given up, within so long. */
const SETTLED_WITHIN_MS = 3000
/** Until a replica that did not hear the others is heard again, and has what they have. */
const HEARD_WITHIN_MS = 10_000

/** Faults in which replicas do not hear each other: then both sides of a partition may publish, and one lacks what the other makes. */
function partitions(faults: readonly PlayedFault[]): PlayedFault[] {
  const isPartition = ({ nemesis, target }: PlayedFault) =>
    nemesis === 'stop' || nemesis === 'split' || target.split('+').some((one) => PEER_EDGES.includes(one))
  return faults.filter(isPartition)
}

/** Whether replicas may not have heard each other at some time in between. */
function isExcused(faults: readonly PlayedFault[], from: number, to = from): boolean {
  return partitions(faults).some(({ beganAt, endedAt }) => beganAt <= to && from <= endedAt + HEARD_WITHIN_MS)
}

/** L1 */
export const noNumberTwice: Check = ({ operations, faults }) => {
  const seen = new Map<number, { digest: string; at: number }>()
  return operations.flatMap(({ t, type, value: { number, digests = [] } }) => {
    if (type !== 'ok' || number === undefined) return []
    return digests.flatMap((digest) => {
      const before = seen.get(number)
      seen.set(number, { digest, at: t })
      if (before === undefined || before.digest === digest || isExcused(faults, before.at, t)) return []
      return [`segment ${number} had other bytes before`]
    })
  })
}

/** L2 */
export const listedIsThere: Check = ({ operations, faults }) => wrong('absent', operations, faults)

/** L3 */
export const inOrder: Check = ({ operations, faults }) => [
  ...wrong('gap', operations, faults),
  ...wrong('back', operations, faults),
]

/** L4 */
export const oneOwner: Check = ({ owners, faults }) => {
  const pairs: Owners[][] = []
  let isRun = false
  for (const sample of owners) {
    const isWrong = sample.owners.length > 1 && !isApart(faults, sample.at)
    if (isWrong && isRun) pairs.at(-1)?.push(sample)
    else if (isWrong) pairs.push([sample])
    isRun = isWrong
  }
  return pairs.flatMap((run) => {
    const ms = (run.at(-1)?.at ?? 0) - (run[0]?.at ?? 0)
    return ms > SETTLED_WITHIN_MS ? [`${run[0]?.owners.join(' and ')} had a publisher for ${ms / 1000} s`] : []
  })
}

function isApart(faults: readonly PlayedFault[], at: number): boolean {
  return partitions(faults).some(({ beganAt, endedAt }) => beganAt <= at && at <= endedAt)
}

/** L5 */
export const everybodyIsBack: Check = ({ waiting }) => waiting.map((client) => `client ${client} got nothing any more`)

/** L6 */
export const noFeedIsLeft: Check = ({ feeds }) =>
  Object.entries(feeds).flatMap(([name, count]) => (count > 0 ? [`${name} has ${count} feeds`] : []))

export const INVARIANTS: readonly Invariant<LiveEvidence>[] = [
  { id: 'L1', title: 'A number of a segment is used once', twice: noNumberTwice },
  { id: 'L2', title: 'What one replica lists each one has', lost: listedIsThere },
  { id: 'L3', title: 'Viewers of segments get all of them, in order', lost: inOrder },
  { id: 'L4', title: 'A stream has one owner within 3 s', wrong: oneOwner },
  { id: 'L5', title: 'Every viewer comes back', stuck: everybodyIsBack },
  { id: 'L6', title: 'No feed is left over when nobody watches', stuck: noFeedIsLeft },
  { id: 'L7', title: 'No process ends on its own', wrong: nobodyQuits },
  { id: 'L8', title: 'Memory and open files stay flat', wrong: staysSmall },
]

function wrong(what: string, operations: readonly LiveOperation[], faults: readonly PlayedFault[]): string[] {
  return operations
    .filter(({ type, t, value }) => type === 'fail' && value.wrong === what && !isExcused(faults, t))
    .map(({ f, process, value }) => `${f} (client ${process}): ${value.text}`)
}
