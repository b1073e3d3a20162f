import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { UsageError } from '@livepods/service'
import { declarationsIn, servicesIn } from '@livepods/system'
import { listener, Root, service } from '@livepods/system/throw-away-root'
import { type Choice, choose } from '../src/choice.ts'

const root = new Root({
  ...service('page', { group: 'faces', listeners: [listener('page')] }, { PORT: 1 }),
  ...service('chat', { group: 'messages', opsPort: 9101 }),
  ...service('case-study', { group: 'messages', opsPort: 9102, onByDefault: false }),
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
  assert.deepEqual(names({ with: ['case-study'] }), ['case-study', 'chat', 'page'])
  assert.deepEqual(names({ only: ['faces'], with: ['case-study', 'messages'] }), ['case-study', 'chat', 'page'])
})

for (const [choice, message] of [
  [
    { only: ['faces', 'chat', ''], with: [] },
    '--only chat,: there is no such name. It takes messages, faces, compute.',
  ],
  [
    { with: ['nobody'] },
    '--with nobody: there is no such name. It takes messages, faces, compute, case-study, chat, page, worker.',
  ],
] as const)
  test(`refused: ${message}`, () => {
    assert.throws(() => choose(choice as unknown as Choice, declared), new UsageError(message))
  })

test('refused: nothing that is on by default', () => {
  const off = declared.filter(({ name }) => name === 'case-study')
  assert.throws(() => choose({ with: [] }, off), new UsageError('Nothing is on by default; --with takes messages.'))
})
