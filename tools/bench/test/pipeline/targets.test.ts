import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INSERTS, PER_SECOND, POSTS } from '../../src/pipeline/accept.ts'
import { FROM_ACCEPTED, HALF } from '../../src/pipeline/latency.ts'
import { BACKLOG, type Overload, POSTS as SINGLE_POSTS } from '../../src/pipeline/overload.ts'
import { SWEEP } from '../../src/pipeline/sweep.ts'
import type { Measured } from '../../src/pipeline/tables.ts'
import { targetsOf } from '../../src/pipeline/targets.ts'
import { Series } from '../../src/series.ts'

function series(rows: Record<string, Record<string, Record<string, number>>>): Series {
  const candidates = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))]
  const made = new Series(Object.keys(rows), candidates)
  for (const [row, measured] of Object.entries(rows))
    for (const [candidate, readings] of Object.entries(measured)) made.add(row, candidate, readings)
  return made
}

/** Everything just as it is wanted, with what is changed by `worse`. */
function measured(worse: { posts?: number; p99?: number; full?: number; growth?: number; failures?: number } = {}) {
  const overload: Overload = {
    backlog: 100_000,
    latencyMs: 100,
    postsPerSecond: 100,
    posts: series({ [BACKLOG]: { [SINGLE_POSTS]: { p99Ms: 50 } } }),
    memory: { receiver: [100, 90, 80], nsq: [50, 100, 100 + (worse.growth ?? 20)] },
    shown: [],
    processedPerSecond: 40,
    failures: worse.failures ?? 0,
  }
  const all: Measured = {
    accept: {
      singles: series({
        '1 connection': { [POSTS]: { [PER_SECOND]: 1 }, [INSERTS]: { [PER_SECOND]: 9 } },
        '128 connections': { [POSTS]: { [PER_SECOND]: worse.posts ?? 900 }, [INSERTS]: { [PER_SECOND]: 900 } },
      }),
      batches: series({ '1,000 paths': { [POSTS]: { [PER_SECOND]: 20_000 } } }),
    },
    latency: {
      maximumPerSecond: 800,
      series: series({ [HALF]: { [FROM_ACCEPTED]: { finalP50Ms: 25, finalP99Ms: worse.p99 ?? 150 } } }),
    },
    sweep: series({
      '0 finished': { [SWEEP]: { medianMs: 0.2 } },
      '1,000,000 finished': { [SWEEP]: { medianMs: worse.full ?? 0.2 } },
      '100,000 pending, not due': { [SWEEP]: { medianMs: 1 } },
    }),
    overload,
  }
  return all
}

test('every number that is to be reached is there, and holds when it is just reached', () => {
  const targets = targetsOf(measured())
  assert.equal(targets.length, 9)
  assert.deepEqual(
    targets.filter(({ holds }) => !holds),
    [],
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
    const broken = targetsOf(measured(worse)).filter(({ holds }) => !holds)
    assert.equal(broken.length, 1)
    assert.match(broken[0]?.name ?? '', new RegExp(name))
  })
}

test('parts that were left out have no targets', () => {
  assert.deepEqual(targetsOf({}), [])
})
