import { validRange } from 'semver'
import { AnnotationError } from './errors.ts'

export const ORDERS = ['semver', 'alphabetical', 'numerical'] as const

export type Order = (typeof ORDERS)[number]

/**
 * Which tag a container follows.
 * - digest: its own, wherever that moves
 * - semver: the highest version within a range
 * - regex: the last tag that fits, in an order
 */
export type Policy =
  | { kind: 'digest' }
  | { kind: 'semver'; range: string }
  | { kind: 'regex'; expression: string; order: Order; warning?: string }

const MAX_LENGTH = 200

/**
 * Of the annotation `policy.<container>`, or `policy` for all; `order.<container>` belongs to regex. Throws AnnotationError.
 * @param annotations those of livepods.dev, without that prefix.
 */
export function policyOf(annotations: Record<string, string>, container: string): Policy {
  const text = annotations[`policy.${container}`] ?? annotations.policy ?? 'digest'
  const fault = (what: string) =>
    new AnnotationError(`The policy "${text.slice(0, MAX_LENGTH)}" of ${container} ${what}.`)
  if (text.length > MAX_LENGTH) throw fault('is too long')
  if (text === 'digest') return { kind: 'digest' }
  const [, kind, rest = ''] = /^(semver|regex):(.+)$/s.exec(text) ?? []
  if (kind === 'semver') {
    if (validRange(rest) === null) throw fault('is no range of versions')
    return { kind, range: rest }
  }
  if (kind !== 'regex') throw fault('is none of digest, semver:<range> and regex:<expression>')
  try {
    new RegExp(rest, 'u')
  } catch {
    throw fault('is no regular expression')
  }
  const order = annotations[`order.${container}`] ?? annotations.order ?? 'alphabetical'
  if (!isOrder(order))
    throw new AnnotationError(`The order "${order.slice(0, 50)}" of ${container} is none of ${ORDERS.join(', ')}.`)
  const isFloating = /^\^?[\w.\\-]+\$?$/.test(rest) && !/\\[a-zA-Z]/.test(rest)
  const warning = isFloating ? 'Its expression fits one tag only, whose moves it does not see: use digest.' : undefined
  return { kind, expression: rest, order, ...(warning && { warning }) }
}

function isOrder(text: string): text is Order {
  return (ORDERS as readonly string[]).includes(text)
}
