import type { KnownStore__Output } from '@livepods/protos'

/** What is wrong with the place where known people lie, as the face service found it. */
export interface KnownState {
  /** away: it cannot be read. held: too many known images vanished at once. partly: some of it cannot be read. */
  kind: 'away' | 'held' | 'partly'
  since: Date
  /** A sentence for people. */
  detail: string
  /** Of what is held: so many known images of so many, and the name of this loss. */
  vanished: number
  known: number
  loss: string
}

const KINDS: Partial<Record<string, KnownState['kind']>> = {
  KNOWN_STORE_STATE_AWAY: 'away',
  KNOWN_STORE_STATE_HELD: 'held',
  KNOWN_STORE_STATE_PARTLY: 'partly',
}
const WORST_FIRST: KnownState['kind'][] = ['held', 'away', 'partly']

/** The state that a person should hear of first; undefined when all is well with every replica. */
export function worstOf(stores: (KnownStore__Output | null)[]): KnownState | undefined {
  const states = stores.flatMap((store) => (store && stateOf(store)) ?? [])
  const rank = ({ kind, vanished }: KnownState) => [WORST_FIRST.indexOf(kind), -vanished] as const
  return states.sort((one, other) => rank(one)[0] - rank(other)[0] || rank(one)[1] - rank(other)[1])[0]
}

function stateOf({ state, sinceMs, ...said }: KnownStore__Output): KnownState | undefined {
  const kind = KINDS[state]
  return kind && { kind, since: new Date(Number(sinceMs)), ...said }
}
