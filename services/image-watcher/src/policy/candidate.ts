import { createContext, Script } from 'node:vm'
import { compare, rcompare, satisfies, valid } from 'semver'
import { AnnotationError } from './errors.ts'
import type { Order, Policy } from './policy.ts'

/** Longest time that an expression may take for all tags: some take years for one. */
const MATCH_WITHIN_MS = 1000

/**
 * The tag that a policy chooses; undefined: none, or one that is older than the present one.
 * @param current the tag that the image has. Throws AnnotationError.
 */
export function chooseTag(
  policy: Exclude<Policy, { kind: 'digest' }>,
  tags: readonly string[],
  current: string,
): string | undefined {
  if (policy.kind === 'semver') {
    const [highest] = tags.filter((tag) => valid(tag) && satisfies(tag, policy.range)).sort(rcompare)
    return highest !== undefined && (!valid(current) || compare(highest, current) >= 0) ? highest : undefined
  }
  const { order } = policy
  const sorted = matching(policy.expression, tags)
    .flatMap(([tag, key]) => (isOrderable(key, order) ? [{ tag, key }] : []))
    .sort((a, b) => compareKeys(a.key, b.key, order))
  return sorted.at(-1)?.tag
}

/** Tags that fit, each with what orders it: the first group of the expression where it has one, else all of it. */
function matching(expression: string, tags: readonly string[]): [tag: string, key: string][] {
  const context = createContext({ expression, tags: JSON.stringify(tags) })
  const script = new Script(`
    const fits = new RegExp(expression, 'u')
    JSON.stringify(JSON.parse(tags).flatMap((tag) => {
      const found = fits.exec(tag)
      return found ? [[tag, found[1] ?? found[0]]] : []
    }))`)
  try {
    return JSON.parse(script.runInContext(context, { timeout: MATCH_WITHIN_MS }) as string) as [string, string][]
  } catch (cause) {
    throw new AnnotationError(`The expression "${expression}" takes too long.`, { cause })
  }
}

function isOrderable(key: string, order: Order): boolean {
  if (order === 'semver') return valid(key) !== null
  return order === 'alphabetical' || /^\d+(\.\d+)?$/.test(key)
}

function compareKeys(a: string, b: string, order: Order): number {
  switch (order) {
    case 'semver':
      return compare(a, b)
    case 'numerical':
      return Number(a) - Number(b)
    case 'alphabetical':
      return a < b ? -1 : Number(a > b)
  }
}
