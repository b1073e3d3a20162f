import type { Bench } from '../../src/suite.ts'

/** The least that measures these parts, for a part or a suite under test. */
export function tinyBench(parts: readonly string[] = []): Bench {
  const progress = { say: () => {}, note: () => {} }
  return { size: 'tiny', parts, progress, signal: new AbortController().signal }
}
