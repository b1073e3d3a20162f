import { UsageError } from '@livepods/service'

/** What is measured, in this order. */
export const PARTS = ['paint', 'upload', 'naming', 'look'] as const

export type Part = (typeof PARTS)[number]

export const USAGE = `[--only PART,…]   (parts: ${PARTS.join(' ')})`

/** Throws UsageError. */
export function readOptions(args: readonly string[]): Part[] {
  const [option, list = '', ...rest] = args
  if (option === undefined) return [...PARTS]
  const wanted = list.split(',')
  if (option !== '--only' || rest.length > 0 || !wanted.every((name) => PARTS.some((part) => part === name)))
    throw new UsageError(`"${args.join(' ')}" is not an option of this benchmark: ${USAGE}`)
  return PARTS.filter((part) => wanted.includes(part))
}
