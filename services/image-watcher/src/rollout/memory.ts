import { type ContainerState, MAX_BAD } from './state.ts'

type Memory = ContainerState['bad']

/** Whether this digest failed, and its tag has not moved since. */
export function isBad({ bad }: Pick<ContainerState, 'bad'>, tag: string, digest: string): boolean {
  return bad?.[tag] === digest
}

/** With one more; the oldest are forgotten. */
export function withBad(bad: Memory, tag: string, digest: string): NonNullable<Memory> {
  const others = Object.entries(bad ?? {}).filter(([other]) => other !== tag)
  return Object.fromEntries([...others, [tag, digest] as const].slice(-MAX_BAD))
}

/** Without those whose tag has another digest now. */
export function stillBad(bad: Memory, tag: string, digest: string): Memory {
  if (bad?.[tag] === undefined || bad[tag] === digest) return bad
  const left = Object.entries(bad).filter(([other]) => other !== tag)
  return left.length > 0 ? Object.fromEntries(left) : undefined
}
