import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failures } from '../src/failures.ts'

const LIMITS = { failures: 3, withinMs: 60_000, clients: 2 }
const fail = (failures: Failures, client: string, times = 3, now = 0) => {
  for (let i = 0; i < times; i++) failures.add(client, now)
}

test('a client waits after too many failures until its minute is over', () => {
  const failures = new Failures(LIMITS)
  fail(failures, 'a', 2)
  assert.equal(failures.waitSeconds('a', 1000), 0)
  failures.add('a', 1000)
  assert.equal(failures.waitSeconds('a', 1000), 59)
  assert.equal(failures.waitSeconds('b', 1000), 0)
  assert.equal(failures.waitSeconds('a', 60_000), 0)
  failures.add('a', 60_000)
  assert.equal(failures.waitSeconds('a', 60_000), 0)
})

test('the table is bounded: the oldest client makes room', () => {
  const failures = new Failures(LIMITS)
  for (const client of ['a', 'b', 'c']) fail(failures, client)
  assert.deepEqual(
    ['a', 'b', 'c'].map((client) => failures.waitSeconds(client, 1000)),
    [0, 59, 59],
  )
  for (const id of ['x', 'y', 'z']) failures.prove('a', id)
  assert.deepEqual(
    ['x', 'y', 'z'].map((id) => failures.isProven('a', id)),
    [false, true, true],
  )
})

test('addresses of one IPv6 network are one client, and IPv4 in IPv6 is IPv4', () => {
  const failures = new Failures({ ...LIMITS, clients: 10 })
  fail(failures, '2001:db8::1', 2)
  fail(failures, '2001:db8:0:0:aaaa:bbbb:cccc:dddd', 1)
  assert.equal(failures.waitSeconds('2001:db8::2', 0), 60)
  assert.equal(failures.waitSeconds('2001:db8:0:1::2', 0), 0)
  fail(failures, '::ffff:10.0.0.1')
  assert.equal(failures.waitSeconds('10.0.0.1', 0), 60)
  assert.equal(failures.waitSeconds('::ffff:10.0.0.2', 0), 0)
})
