import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { UsageError } from '@livepods/service'
import { declarationsIn, servicesIn } from '@livepods/system'
import { listener, Root, service } from '@livepods/system/throw-away-root'
import { type Choice, choose, copiesOf } from '../src/choice.ts'

const root = new Root({
  ...service('page', { group: 'faces', listeners: [listener('page')] }, { PORT: 1 }),
  ...service('chat', { group: 'messages', opsPort: 9101, replicas: 3 }),
  ...service('chat-study', { group: 'messages', opsPort: 9102, onByDefault: false }),
  ...service(
    'worker',
    { group: 'compute', opsPort: 9103, onByDefault: false, calls: { PAGE_URL: 'page' } },
    { PAGE_URL: '' },
  ),
})
after(() => root[Symbol.dispose]())
const declared = await declarationsIn(root.path)

function names(choice: Choice): string[] {
  return servicesIn(choose(choice, declared)).map(({ name }) => name)
}

test('without options everything is started that is on by default', () => {
  assert.deepEqual(names({ with: [] }), ['chat', 'page'])
})

test('--only starts groups, with those that they call', () => {
  assert.deepEqual(names({ only: ['messages'], with: [] }), ['chat'])
  assert.deepEqual(names({ only: ['messages', 'faces'], with: [] }), ['chat', 'page'])
  assert.deepEqual(names({ only: ['compute'], with: [] }), ['page', 'worker'])
})

test('--with adds groups and services', () => {
  assert.deepEqual(names({ with: ['compute'] }), ['chat', 'page', 'worker'])
  assert.deepEqual(names({ with: ['chat-study'] }), ['chat-study', 'chat', 'page'])
  assert.deepEqual(names({ only: ['faces'], with: ['chat-study', 'messages'] }), ['chat-study', 'chat', 'page'])
})

test('--with case-study starts the messages, with as many processes of a service as it has pods', () => {
  const choice = { only: ['faces'], with: ['case-study'] }
  assert.deepEqual(names(choice), ['chat', 'page'])
  assert.deepEqual(copiesOf(choice, choose(choice, declared)), { chat: 3 })
  assert.deepEqual(copiesOf({ with: ['messages'] }, declared), {})
})

for (const [choice, message] of [
  [
    { only: ['faces', 'chat', ''], with: [] },
    '--only chat,: there is no such name. It takes messages, faces, compute.',
  ],
  [
    { with: ['nobody'] },
    '--with nobody: there is no such name. It takes messages, faces, compute, case-study, chat-study, chat, page, worker.',
  ],
] as const)
  test(`refused: ${message}`, () => {
    assert.throws(() => choose(choice as unknown as Choice, declared), new UsageError(message))
  })

test('refused: a group of a folder that declares nothing', () => {
  assert.throws(
    () => choose({ only: ['messages'], with: [] }, []),
    new UsageError('--only messages: no services are declared there.'),
  )
})

test('refused: nothing that is on by default', () => {
  const off = declared.filter(({ name }) => name === 'chat-study')
  assert.throws(() => choose({ with: [] }, off), new UsageError('Nothing is on by default; --with takes messages.'))
})
