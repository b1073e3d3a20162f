// A process that takes and releases locks as it is told.
import { on } from 'node:events'
import { lockFolder } from '../../src/lock.ts'

let held: AsyncDisposable | undefined
const answer = (text: string) => process.send?.(text)
const messages = on(process, 'message') as AsyncIterable<[{ lock?: string }]>
answer('ready')
for await (const [{ lock }] of messages)
  try {
    await held?.[Symbol.asyncDispose]()
    held = lock === undefined ? undefined : await lockFolder(lock)
    answer(lock === undefined ? 'released' : 'locked')
  } catch (error) {
    held = undefined
    answer((error as { code: string }).code)
  }
