import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayDo, ROLES } from '../src/index.ts'

test('a role may do what the roles before it may', () => {
  const table = ROLES.map((role) => ROLES.map((needed) => mayDo(role, needed)))
  assert.deepEqual(table, [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ])
})
