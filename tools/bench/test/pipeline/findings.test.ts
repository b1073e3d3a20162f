import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptFindings, INSERTS, POSTS } from '../../src/pipeline/accept.ts'
import { FROM_ACCEPTED, HALF, latencyFindings } from '../../src/pipeline/latency.ts'
import { BACKLOG, overloadFindings, SINGLE_POSTS } from '../../src/pipeline/overload.ts'
import { SWEEP, sweepFindings } from '../../src/pipeline/sweep.ts'
import { joined } from '../../src/report.ts'
import { seriesOf } from '../support/series-of.ts'

/** The targets when everything is just as it is wanted, with what is changed by `worse`. */
function targets(worse: { posts?: number; p99?: number; full?: number; growth?: number; failures?: number } = {}) {
  const found = [
    acceptFindings({
      singles: seriesOf({
        '1 connection': { [POSTS]: { acceptedPerSecond: 1 }, [INSERTS]: { acceptedPerSecond: 9 } },
        '128 connections': {
          [POSTS]: { acceptedPerSecond: worse.posts ?? 900 },
          [INSERTS]: { acceptedPerSecond: 900 },
        },
      }),
      batches: seriesOf({ '1,000 paths': { [POSTS]: { acceptedPerSecond: 20_000 } } }),
    }),
    latencyFindings({
      maximumPerSecond: 800,
      series: seriesOf({ [HALF]: { [FROM_ACCEPTED]: { finalP50Ms: 25, finalP99Ms: worse.p99 ?? 150 } } }),
    }),
    sweepFindings(
      seriesOf({
        '0 finished': { [SWEEP]: { medianMs: 0.2 } },
        '1,000,000 finished': { [SWEEP]: { medianMs: worse.full ?? 0.2 } },
        '100,000 pending, not due': { [SWEEP]: { medianMs: 1 } },
      }),
    ),
    overloadFindings({
      backlog: 100_000,
      latencyMs: 100,
      postsPerSecond: 100,
      posts: seriesOf({ [BACKLOG]: { [SINGLE_POSTS]: { p99Ms: 50 } } }),
      memory: { receiver: [100, 90, 80], nsq: [50, 100, 100 + (worse.growth ?? 20)] },
      shown: [],
      processedPerSecond: 40,
      failures: worse.failures ?? 0,
    }),
  ]
  return joined(found).targets
}

test('every number that is to be reached is there, and holds when it is just reached', () => {
  assert.deepEqual(
    targets().map(({ holds }) => holds),
    Array.from({ length: 9 }, () => true),
  )
})

for (const [name, worse] of Object.entries({
  'single posts': { posts: 899 },
  p99: { p99: 151 },
  'idle sweep': { full: 0.31 },
  memory: { growth: 21 },
  'posts that fail': { failures: 1 },
})) {
  test(`${name}: what is not reached does not hold`, () => {
    const broken = targets(worse).filter(({ holds }) => !holds)
    assert.equal(broken.length, 1)
    assert.match(broken[0]?.name ?? '', new RegExp(name))
  })
}
