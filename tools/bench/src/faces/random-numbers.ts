/** Makes the same photos and orders every time; the report names it. */
export const SEED = 7

/** From 0 to 1, the same every time. Source: the generator of Numerical Recipes. */
export function randomNumbers(): () => number {
  let state = SEED
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
