/** The right of a replica to publish a name. */
export interface Claim {
  /** Grows with each claim that any replica makes (a Lamport clock), whatever the clocks of their machines say. */
  counter: number
  /** Of the replica. */
  id: string
}

/** Of two claims to one name the older one holds. */
export function isOlder(one: Claim, other: Claim): boolean {
  return one.counter === other.counter ? one.id < other.id : one.counter < other.counter
}
