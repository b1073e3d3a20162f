import { createContext, Script } from 'node:vm'
import { compare, satisfies, valid } from 'semver'
import { AnnotationError } from './errors.ts'
import type { Order, Policy } from './policy.ts'

/** Longest time that an expression may take for all tags: some take years for one. */
const MATCH_WITHIN_MS = 1000

interface Keyed {
  tag: string
  /** What orders it. */
  key: string
}

/**
 * The tag that a policy chooses; undefined: none, or one that is older than the present one, which a registry may have lost.
 * @param current the tag that the image has. Throws AnnotationError.
 */
export function chooseTag(
  policy: Exclude<Policy, { kind: 'digest' }>,
  tags: readonly string[],
  current: string,
): string | undefined {
  if (policy.kind === 'semver') {
    const fitting = tags.filter((tag) => valid(tag) && satisfies(tag, policy.range))
    return highest(fitting.map(keyed), valid(current) ? keyed(current) : undefined, 'semver')
  }
  const { order } = policy
  const fitting = matching(policy.expression, [...tags, current]).filter(({ key }) => isOrderable(key, order))
  const there = new Set(tags)
  return highest(
    fitting.filter(({ tag }) => there.has(tag)),
    fitting.find(({ tag }) => tag === current),
    order,
  )
}

function keyed(tag: string): Keyed {
  return { tag, key: tag }
}

/** `1.2.0` and `v1.2.0` are as high: the present one stays, else the first by its name, so that no list's own order rolls anything out. */
function highest(tags: readonly Keyed[], current: Keyed | undefined, order: Order): string | undefined {
  const [best, ...others] = tags.toSorted((a, b) => compareKeys(b.key, a.key, order) || compareNames(a.tag, b.tag))
  if (best === undefined || current === undefined) return best?.tag
  const above = compareKeys(best.key, current.key, order)
  if (above !== 0) return above > 0 ? best.tag : undefined
  return others.some(({ tag }) => tag === current.tag) ? current.tag : best.tag
}

/** Tags that fit, each with what orders it: the first group of the expression where it has one, else all of it. */
function matching(expression: string, tags: readonly string[]): Keyed[] {
  const context = createContext({ expression, tags: JSON.stringify(tags) })
  const script = new Script(`
    const fits = new RegExp(expression, 'u')
    JSON.stringify(JSON.parse(tags).flatMap((tag) => {
      const found = fits.exec(tag)
      return found ? [{ tag, key: found[1] ?? found[0] }] : []
    }))`)
  try {
    return JSON.parse(script.runInContext(context, { timeout: MATCH_WITHIN_MS }) as string) as Keyed[]
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
      return compareNames(a, b)
  }
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
