export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(from: readonly T[]): T
  shuffled<T>(items: readonly T[]): T[]
}

/** Numbers that follow from `seed` alone: mulberry32 by Tommy Ettinger, public domain (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  const pick = <T>(from: readonly T[]) => from[between(0, from.length - 1)] as T
  const shuffled = <T>(items: readonly T[]) => {
    const order = [...items]
    for (let last = order.length - 1; last > 0; last--) {
      const other = between(0, last)
      ;[order[last], order[other]] = [order[other] as T, order[last] as T]
    }
    return order
  }
  return { next, between, pick, shuffled }
}
