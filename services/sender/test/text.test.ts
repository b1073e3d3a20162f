import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createLog } from '@livepods/service'
import { MessageStream } from '../src/message-stream.ts'
import { formatDate, textOf } from '../src/text.ts'
import { spoolFolder } from './support/sender.ts'

test('a message says from where and when it was sent, as the original', () => {
  const date = new Date('2026-01-02T03:04:05')
  assert.match(formatDate(date), /^Fri Jan {2}2 03:04:05 \S+ 2026$/)
  assert.match(textOf(date), /^Message sent from \d+\.\d+\.\d+\.\d+ on Fri Jan /)
})

test('a clock that jumps changes neither numbers nor order', async () => {
  await using folder = await spoolFolder()
  const log = createLog('test', 'silent')
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-01') })
  try {
    await using stream = await MessageStream.open({ folder: folder.path, name: 'a', maxBytes: 1e6, keepHours: 1, log })
    for (const now of ['2036-01-01', '1999-01-01', '2026-01-01']) {
      mock.timers.setTime(Date.parse(now))
      await stream.add(now)
      await stream.settle((await stream.next(1)).map(() => ({ result: 'expected', seq: 1e9 })))
    }
    const messages = await (async () => {
      const first = await stream.next(10)
      await stream.settle(first.map(() => ({ result: 'taken' })))
      return [...first, ...(await stream.next(10))]
    })()
    assert.deepEqual(
      messages.map(({ seq, content }) => [seq, content]),
      [
        [1, '2036-01-01'],
        [2, '1999-01-01'],
        [3, '2026-01-01'],
      ],
    )
  } finally {
    mock.timers.reset()
  }
})
