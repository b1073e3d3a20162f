import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readFlags } from '../src/flags.ts'
import { canonicalName } from '../src/go-headers.ts'
import { goJson } from '../src/go-json.ts'
import { cleanPath, escapedPath, isPath } from '../src/go-path.ts'
import { durationMs } from '../src/go-values.ts'
import { rangesOf } from '../src/ranges.ts'

// What Go does with names, paths, JSON and durations; each row is what a Go program printed, or what its documentation says.

suite('paths', () => {
  const clean = {
    '/a/b/': '/a/b/',
    '//': '/',
    '/a//b': '/a/b',
    '/a/./b': '/a/b',
    '/a/../../b/': '/b/',
    '/..': '/',
    '/a/.hidden': '/a/.hidden',
  }
  for (const [path, expected] of Object.entries(clean))
    test(`cleans ${path}`, () => assert.equal(cleanPath(path), expected))

  const escaped = {
    '/a%20b/%2F%C3%A9': '/a%20b/%2F%C3%A9',
    "/!$&'()*+,;=:@[]~": "/!$&'()*+,;=:@[]~",
    '/a"b%41': '/a%22bA',
    '/\u00c3\u00a9(': '/%C3%A9%28',
  }
  for (const [path, expected] of Object.entries(escaped))
    test(`writes ${path}`, () => assert.equal(escapedPath(path), expected))

  test('knows a broken escape', () => {
    assert.deepEqual(['/%zz', '/%2', '/%', '/%2f'].map(isPath), [false, false, false, true])
  })
})

test('names are written as Go does', () => {
  const names = ['x-real-ip', 'WWW-AUTHENTICATE', 'dnt', 'x_under', '-a-', 'sec-websocket-key']
  const expected = ['X-Real-Ip', 'Www-Authenticate', 'Dnt', 'X_under', '-A-', 'Sec-Websocket-Key']
  assert.deepEqual(names.map(canonicalName), expected)
})

suite('JSON', () => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1')
  test('is safe to stand in HTML', () => {
    assert.equal(
      goJson({ a: latin1('<&>\u2029é😀"\\\t\x01') }),
      '{"a":"\\u003c\\u0026\\u003e\\u2029é😀\\"\\\\\\t\\u0001"}\n',
    )
  })
  test('replaces each byte that is not UTF-8', () => {
    assert.equal(goJson({ a: 'x\u00ff\u00fe\u00e2\u0080y' }), '{"a":"x\\ufffd\\ufffd\\ufffd\\ufffdy"}\n')
  })
})

test('durations', () => {
  const rows: [string, number | undefined][] = [
    ['1h1m1.5s', 3_661_500],
    ['20ms', 20],
    ['1.5s', 1500],
    ['.5s', 500],
    ['-2s', -2000],
    ['100us', 0.1],
    ['0', 0],
    ['1', undefined],
    ['soon', undefined],
    ['', undefined],
    ['1 s', undefined],
    ['1sx', undefined],
  ]
  for (const [text, ms] of rows) assert.equal(durationMs(text), ms, text)
})

test('ranges', () => {
  const rows: [string | undefined, ReturnType<typeof rangesOf>][] = [
    [undefined, undefined],
    ['bytes=0-9', [{ start: 0, end: 10 }]],
    ['bytes=90-', [{ start: 90, end: 100 }]],
    ['bytes=-5', [{ start: 95, end: 100 }]],
    ['bytes=-500', [{ start: 0, end: 100 }]],
    ['bytes=95-200', [{ start: 95, end: 100 }]],
    ['bytes=0-0,-1', [{ start: 0, end: 1 }, { start: 99, end: 100 }]], // biome-ignore format: one row
    ['bytes=0-99,0-99', undefined],
    ['bytes=100-', 'outside'],
    ['bytes=5-4', 'invalid'],
    ['bytes=a-b', 'invalid'],
    ['bytes=', 'invalid'],
    ['lines=0-9', 'invalid'],
    [`bytes=${'0-0,'.repeat(101)}`, 'invalid'],
  ]
  for (const [field, expected] of rows) assert.deepEqual(rangesOf(field, 100), expected, field)
})

suite('flags', () => {
  test('are variables', () => {
    const { variables, rest } = readFlags(['-port', '8080', '--name=the name', '-verbose', '-cert=', '--help'])
    const expected = { WHOAMI_PORT_NUMBER: '8080', WHOAMI_NAME: 'the name', WHOAMI_VERBOSE: 'true', WHOAMI_CERT: '' }
    assert.deepEqual([variables, rest], [expected, ['--help']])
  })
  test('need their values', () => assert.throws(() => readFlags(['-port']), /-port needs a value/))
})
