import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn, servicesIn } from '../src/declarations.ts'
import { servicesOf, withCalled } from '../src/selection.ts'
import { firstJob, listener, Root, service } from './support/root.ts'

const names = (declared: readonly { name: string }[]) => declared.map(({ name }) => name)

test('a group is what is on by default in it, and all where nothing is', async () => {
  using root = new Root({
    ...service('chat', { group: 'messages' }),
    ...service('chat-study', { group: 'messages', onByDefault: false, opsPort: 9101 }),
    ...service('worker', { group: 'compute', onByDefault: false, opsPort: 9102 }),
  })
  const declared = await declarationsIn(root.path)
  assert.deepEqual(names(servicesOf('messages', declared)), ['chat'])
  assert.deepEqual(names(servicesOf('compute', declared)), ['worker'])
  assert.deepEqual(servicesOf('live', declared), [])
})

test('whom a service calls comes along, however far and whatever its group, and programs that are no service', async () => {
  using root = new Root({
    ...service('a', { calls: { B_URL: 'b-http' } }, { B_URL: '' }),
    ...service(
      'b',
      { group: 'live', opsPort: 9101, calls: { C_URL: 'c' }, listeners: [listener('b-http')] },
      { PORT: 1, C_URL: '' },
    ),
    ...service(
      'c',
      { group: 'faces', onByDefault: false, opsPort: 9102, listeners: [listener('c')], calls: { A: 'nobody' } },
      { PORT: 2, A: '' },
    ),
    ...service('d', { opsPort: 9103, calls: { B_URL: 'b-http' } }, { B_URL: '' }),
    ...firstJob('job', '', { MYSQL_CONNECTION: 'database' }),
  })
  const declared = await declarationsIn(root.path)
  const [a] = servicesIn(declared)
  assert.ok(a)
  assert.deepEqual(names(withCalled([a], declared)).sort(), ['a', 'b', 'c', 'job'])
})
