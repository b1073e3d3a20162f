import { connect } from 'node:net'
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** What the runner of a package tells, a line of JSON each. */
export interface Told {
  /** Of the package. */
  name: string
  /** A test that failed, for people. */
  failure?: string
  /** What all its tests came to. */
  counts?: Counts
}

/**
 * A reporter of node's test runner that prints nothing: it tells `runTests`, at TEST_RUN_PORT, what failed and what all came to. Every
 * other event is told without what it says: the runner is at work.
 */
export default async function* tell(events: AsyncIterable<TestEvent>): AsyncGenerator<never> {
  const name = process.env.npm_package_name ?? process.cwd()
  const run = connect(Number(process.env.TEST_RUN_PORT), '127.0.0.1')
  // Nobody is left to be told.
  run.on('error', () => {})
  for await (const event of events) run.write(`${JSON.stringify({ name, ...contentOf(event) } satisfies Told)}\n`)
  run.end()
}

function contentOf({ type, data }: TestEvent): Omit<Told, 'name'> {
  // With a file it is the summary of that file alone.
  if (type === 'test:summary' && data.file === undefined) {
    // The types lack one of them.
    const { passed, failed, cancelled, skipped, todo } = data.counts as typeof data.counts & { failed: number }
    return { counts: { passed, failed: failed + cancelled, skipped: skipped + todo } }
  }
  if (type !== 'test:fail' || data.todo !== undefined) return {}
  const error: Error & { failureType?: string } = data.details.error
  // The subtests have told it already.
  if (error.failureType === 'subtestsFailed') return {}
  const place = data.file === undefined ? '' : ` (${relative('', data.file)}:${data.line})`
  return { failure: `✖ ${data.name}${place}\n${inspect(error.cause ?? error)}` }
}
