import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { proxyHeader2 } from '@livepods/testing'
import { readProxyHeader } from '../src/proxy-header.ts'

suite('version 1', () => {
  test('names client and destination', () => {
    const line = 'PROXY TCP4 192.0.2.1 198.51.100.7 54321 80\r\n'
    assert.deepEqual(readProxyHeader(Buffer.from(`${line}GET / HTTP/1.1\r\n`)), {
      kind: 'header',
      version: 1,
      length: line.length,
      source: { address: '192.0.2.1', port: 54321 },
      destination: { address: '198.51.100.7', port: 80 },
    })
  })

  test('names nobody where the proxy does not know', () => {
    const header = readProxyHeader(Buffer.from('PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n'))
    assert.deepEqual([header.kind, 'source' in header && header.source], ['header', undefined])
  })

  const line = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n'
  test('is unfinished at every place before its end', () => {
    for (let length = 1; length < line.length; length++)
      assert.equal(readProxyHeader(Buffer.from(line.slice(0, length))).kind, 'unfinished', line.slice(0, length))
    assert.equal(readProxyHeader(Buffer.from(line)).kind, 'header')
  })

  for (const wrong of [
    'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n',
    'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n',
    `PROXY TCP4 ${' '.repeat(10_000)}`,
  ])
    test(`refuses ${JSON.stringify(wrong.slice(0, 60))}`, () => {
      assert.equal(readProxyHeader(Buffer.from(wrong)).kind, 'invalid')
    })
})

suite('version 2', () => {
  const whole = proxyHeader2({ source: '2001:db8::7', destination: '2001:db8::8', sourcePort: 5, destinationPort: 443 })

  test('names client and destination', () => {
    assert.deepEqual(readProxyHeader(Buffer.concat([whole, Buffer.from('GET')])), {
      kind: 'header',
      version: 2,
      length: whole.length,
      source: { address: '2001:db8::7', port: 5 },
      destination: { address: '2001:db8::8', port: 443 },
    })
  })

  test('skips extensions', () => {
    const header = readProxyHeader(proxyHeader2({ source: '192.0.2.9', extensions: Buffer.alloc(4000, 4) }))
    assert.ok(header.kind === 'header')
    assert.deepEqual([header.source?.address, header.length], ['192.0.2.9', 16 + 12 + 4000])
  })

  test('names nobody where the proxy speaks for itself', () => {
    const header = readProxyHeader(proxyHeader2({ source: '192.0.2.9', command: 0x20 }))
    assert.deepEqual([header.kind, 'source' in header && header.source], ['header', undefined])
  })

  test('is unfinished at every place before its end', () => {
    for (let length = 1; length < whole.length; length++)
      assert.equal(readProxyHeader(whole.subarray(0, length)).kind, 'unfinished', String(length))
  })

  const wrong = {
    'another version': proxyHeader2({ source: '192.0.2.9', command: 0x31 }),
    'an unknown command': proxyHeader2({ source: '192.0.2.9', command: 0x22 }),
    'less than its addresses': Buffer.concat([whole.subarray(0, 14), Buffer.from([0, 4]), whole.subarray(16)]),
    '10 KB of extensions': proxyHeader2({ source: '192.0.2.9', extensions: Buffer.alloc(10_000) }),
  }
  for (const [title, header] of Object.entries(wrong))
    test(`refuses ${title}`, () => assert.equal(readProxyHeader(header).kind, 'invalid'))
})

test('leaves everything else alone', () => {
  for (const text of ['GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n', 'proxy TCP4', '\r\n\r\nGET', '\x16\x03\x01'])
    assert.equal(readProxyHeader(Buffer.from(text, 'latin1')).kind, 'none', text)
})
