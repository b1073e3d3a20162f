import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { printable } from '@livepods/messages'
import { KIND } from '../src/kind.ts'
import { logLine } from '../src/log-line.ts'

const line = (body: string | Buffer, takenAt = new Date(2024, 0, 31, 15, 5, 9)) =>
  logLine({ kind: KIND.message, address: '10.0.0.1', takenAt, body: Buffer.from(body as string) })

test('has the form of the original', () => {
  assert.equal(
    line('Message sent from 10.0.0.7'),
    'From 10.0.0.1 at 2024-01-31 03:05:09pm : Message sent from 10.0.0.7\n',
  )
})

for (const [hour, text] of [
  [0, '12:00:00am'],
  [1, '01:00:00am'],
  [11, '11:00:00am'],
  [12, '12:00:00pm'],
  [13, '01:00:00pm'],
  [23, '11:00:00pm'],
] as const)
  test(`hour ${hour} is ${text}`, () => {
    assert.equal(line('x', new Date(2024, 11, 1, hour)), `From 10.0.0.1 at 2024-12-01 ${text} : x\n`)
  })

test('time is that of TZ', () => {
  const program = `
    const { logLine } = await import(${JSON.stringify(new URL('../src/log-line.ts', import.meta.url).href)})
    process.stdout.write(logLine({ kind: 0, address: 'a', takenAt: new Date('2024-07-01T12:00:00Z'), body: Buffer.from('x') }))`
  const inZone = (TZ: string) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { env: { TZ }, encoding: 'utf8' })
  assert.equal(inZone('America/New_York'), 'From a at 2024-07-01 08:00:00am : x\n')
  assert.equal(inZone('Asia/Tokyo'), 'From a at 2024-07-01 09:00:00pm : x\n')
})

test('a message that came after its tombstone is marked', () => {
  const late = logLine({ kind: KIND.late, address: 'a', takenAt: new Date(2024, 0, 1), body: Buffer.from('x') })
  assert.equal(late, 'From a at 2024-01-01 12:00:00am (late) : x\n')
})

test('a body cannot begin a line of its own, nor steer a terminal', () => {
  const forged = 'x\nFrom 6.6.6.6 at 2024-01-31 03:05:09pm : y\r\u0000\t\u001b[2J\u007f\u009b\u0085\u2028\u2029'
  assert.equal(
    printable(Buffer.from(forged)),
    'x\\nFrom 6.6.6.6 at 2024-01-31 03:05:09pm : y\\r\\x00\\t\\x1b[2J\\x7f\\x9b\\x85\\u2028\\u2029',
  )
  assert.equal(line(forged).split('\n').length, 2)
})

test('other text stays as it is, and bytes that are no UTF-8 are written as such', () => {
  assert.equal(printable(Buffer.from('Größe \\n Ω 💩')), 'Größe \\n Ω 💩')
  assert.equal(printable(Buffer.from([0x61, 0xff, 0x0a, 0x5c])), 'a\\xff\\n\\')
})
