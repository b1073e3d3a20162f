import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseTag } from '../src/policy/candidate.ts'
import { coolDownMs, parseDuration } from '../src/policy/cool-down.ts'
import { policyOf } from '../src/policy/policy.ts'
import { isWithinWindow } from '../src/policy/window.ts'

const choose = (policy: string, tags: string[], current = 'x', order = 'alphabetical') => {
  const read = policyOf({ 'policy.main': policy, 'order.main': order }, 'main')
  assert.ok(read.kind !== 'digest')
  return chooseTag(read, tags, current)
}

describe('the tag that a policy chooses', () => {
  test('semver: the highest of its range, without previews unless they are asked for', () => {
    const tags = ['1.2.0', 'v1.10.0', '1.9.9', '2.0.0', 'latest', '1.11.0-rc.1', '1.2', '01.3.0']
    assert.equal(choose('semver:^1', tags), 'v1.10.0')
    assert.equal(choose('semver:~1.2', tags), '1.2.0')
    assert.equal(choose('semver:>=1.11.0-rc.0 <2', tags), '1.11.0-rc.1')
    assert.equal(choose('semver:^3', tags), undefined)
  })

  test('never one before the present', () => {
    assert.equal(choose('semver:^1', ['1.1.0'], '1.2.0'), undefined)
    assert.equal(choose('semver:^1', ['1.2.0'], '1.2.0'), '1.2.0')
  })

  test('regex: never one before the present either, as when the registry has lost its tag', () => {
    assert.equal(choose('regex:^build-(\\d+)$', ['build-9', 'build-10'], 'build-11', 'numerical'), undefined)
    assert.equal(choose('regex:^build-(\\d+)$', ['build-9', 'build-10'], 'build-10', 'numerical'), 'build-10')
    assert.equal(choose('regex:^(.+)-slim$', ['1.2.0-slim'], '1.3.0-slim', 'semver'), undefined)
    // One that does not fit has no place in the order.
    assert.equal(choose('regex:^build-(\\d+)$', ['build-9'], 'latest', 'numerical'), 'build-9')
  })

  test('the present one stays among those that are as high, in whatever order the registry lists them', () => {
    for (const tags of [
      ['1.2.0', 'v1.2.0'],
      ['v1.2.0', '1.2.0'],
    ]) {
      for (const current of tags) assert.equal(choose('semver:^1', tags, current), current)
      assert.equal(choose('semver:^1', tags, '1.1.0'), '1.2.0')
    }
    for (const tags of [
      ['a-7', 'b-7'],
      ['b-7', 'a-7'],
    ]) {
      for (const current of tags) assert.equal(choose('regex:^[ab]-(\\d+)$', tags, current, 'numerical'), current)
      assert.equal(choose('regex:^[ab]-(\\d+)$', tags, 'a-6', 'numerical'), 'a-7')
    }
  })

  test('regex: the last in its order, by its first group', () => {
    const tags = ['build-9', 'build-10', 'build-x', 'other-99', '2026-01-02', '2026-01-10', 'app-1.9.0', 'app-1.10.0']
    assert.equal(choose('regex:^build-(\\d+)$', tags, 'x', 'numerical'), 'build-10')
    assert.equal(choose('regex:^build-(\\d+)$', tags), 'build-9')
    assert.equal(choose('regex:^\\d{4}-\\d\\d-\\d\\d$', tags), '2026-01-10')
    assert.equal(choose('regex:^app-(.+)$', tags, 'x', 'semver'), 'app-1.10.0')
    assert.equal(choose('regex:^none$', tags), undefined)
  })

  test('an expression that takes for ever is ended', () => {
    assert.throws(() => choose('regex:^(a+)+$', [`${'a'.repeat(60)}!`]), { code: 'BAD_ANNOTATION' })
  })
})

test('one for all containers, and one for each', () => {
  const annotations = { policy: 'semver:^1', 'policy.proxy': 'digest' }
  assert.deepEqual(policyOf(annotations, 'main'), { kind: 'semver', range: '^1' })
  assert.deepEqual(policyOf(annotations, 'proxy'), { kind: 'digest' })
  assert.deepEqual(policyOf({}, 'main'), { kind: 'digest' })
})

test('an expression that fits one floating tag is a warning', () => {
  const warned = (policy: string) => 'warning' in policyOf({ policy }, 'main')
  assert.ok(warned('regex:^latest$') && warned('regex:stable'))
  assert.ok(!warned('regex:^v\\d+$') && !warned('regex:^v.*$') && !warned('digest'))
})

for (const policy of ['newest', 'semver:', 'semver:abc', 'regex:(', 'regex:', `regex:${'a'.repeat(300)}`, ''])
  test(`the policy "${policy.slice(0, 20)}" is refused`, () =>
    assert.throws(() => policyOf({ policy }, 'main'), { code: 'BAD_ANNOTATION' }))

test('an unknown order is refused', () =>
  assert.throws(() => policyOf({ policy: 'regex:a.', order: 'random' }, 'main'), { code: 'BAD_ANNOTATION' }))

const WINDOWS: [window: string, at: string, expected: boolean][] = [
  ['Mon-Fri 08:00-17:00', '2026-11-30T08:00:00Z', true],
  ['Mon-Fri 08:00-17:00', '2026-11-30T07:59:59Z', false],
  ['Mon-Fri 08:00-17:00', '2026-11-30T17:00:00Z', false],
  ['Mon-Fri 08:00-17:00', '2026-11-29T12:00:00Z', false],
  ['Mon-Fri 08:00-17:00 Europe/Zurich', '2026-11-30T07:30:00Z', true],
  // In summer it is an hour earlier.
  ['Mon-Fri 08:00-17:00 Europe/Zurich', '2026-07-01T06:30:00Z', true],
  ['Sat-Mon 10:00-11:00', '2026-11-29T10:30:00Z', true],
  ['Tue,Thu 10:00-11:00', '2026-12-01T10:30:00Z', true],
  ['Tue,Thu 10:00-11:00', '2026-12-02T10:30:00Z', false],
  ['Mon 22:00-02:00', '2026-12-01T01:00:00Z', true],
  ['Mon 22:00-02:00', '2026-11-30T01:00:00Z', false],
  ['Mon-Sun 00:00-24:00', '2026-11-30T23:59:59Z', true],
  ['Sun 00:00-01:00; Mon 12:00-13:00', '2026-11-30T12:30:00Z', true],
]
for (const [window, at, expected] of WINDOWS)
  test(`${at} is ${expected ? '' : 'not '}within ${window}`, () =>
    assert.equal(isWithinWindow(window, new Date(at)), expected))

for (const window of [
  '',
  'always',
  'Mon 8-17',
  'Mon 25:00-26:00',
  'Mon 08:60-09:00',
  'Xyz 08:00-09:00',
  'Mon 08:00-09:00 Mars/Base',
  'Mon 08:00-09:00;',
])
  test(`the window "${window}" is refused`, () =>
    assert.throws(() => isWithinWindow(window, new Date()), { code: 'BAD_ANNOTATION' }))

test('a cool-down ends at its time after the first sight', () => {
  assert.equal(parseDuration('90m'), 5_400_000)
  const seen = new Date('2026-11-30T00:00:00Z')
  assert.equal(coolDownMs('24h', seen, new Date('2026-11-30T23:00:00Z')), 3_600_000)
  assert.equal(coolDownMs('24h', seen, new Date('2026-12-01T00:00:00Z')), 0)
  for (const text of ['', '24', 'h', '-1h', '1.5h', '9999999d'])
    assert.throws(() => parseDuration(text), { code: 'BAD_ANNOTATION' })
})
