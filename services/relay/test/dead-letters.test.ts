import assert from 'node:assert/strict'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { DeadLetters } from '../src/dead-letters.ts'
import { folder } from './support/relay.ts'

const verdict = { status: 422, detail: 'why' }
const refused = (seq: number, content: string | Buffer = `body ${seq}`) => ({
  message: { stream: 's~1', seq, content },
  verdict,
})
const log = createLog('test', 'silent')
const onFatal = (error: unknown) => assert.fail(String(error))
const seqs = (letters: DeadLetters) => letters.list({ limit: 100 }).map(({ seq }) => seq)

test('letters and removals survive; a line that was cut by a crash is taken out', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'letters')
  const bytes = Buffer.from([0xff, 0])
  {
    await using letters = await DeadLetters.open({ path, log, onFatal })
    await letters.add([refused(1), refused(2, bytes), refused(3)])
    // Known already.
    await letters.add([refused(3)])
    const [first] = letters.list({ limit: 1 })
    assert.equal(await letters.remove(first?.id ?? ''), true)
    assert.equal(await letters.remove(first?.id ?? ''), false)
  }
  const whole = await readFile(path, 'utf8')
  await appendFile(path, whole.split('\n')[0]?.slice(0, 50) ?? '')
  await using letters = await DeadLetters.open({ path, log, onFatal })
  assert.deepEqual(seqs(letters), [2, 3])
  assert.equal(await readFile(path, 'utf8'), whole)
  await letters.add([refused(4)])
  const [second] = letters.list({ limit: 1 })
  const replayed = await letters.replay(second?.id ?? '', async (message) => message)
  assert.deepEqual(replayed, { stream: 's~1', seq: 2, content: bytes })
  assert.deepEqual(seqs(letters), [3, 4])
  assert.deepEqual(
    letters.list({ after: letters.list({ limit: 1 })[0]?.id, limit: 1 }).map(({ seq }) => seq),
    [4],
  )
})

test('a letter stays when it could not be stored again', async () => {
  await using dir = await folder()
  await using letters = await DeadLetters.open({ path: join(dir.path, 'letters'), log, onFatal })
  await letters.add([refused(1)])
  const [{ id } = { id: '' }] = letters.list({ limit: 1 })
  await assert.rejects(
    letters.replay(id, async () => {
      throw new Error('full')
    }),
  )
  assert.deepEqual(seqs(letters), [1])
  await letters.remove(id)
  assert.deepEqual(seqs(letters), [])
})
