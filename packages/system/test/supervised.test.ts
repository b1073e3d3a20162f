import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Supervised } from '../src/index.ts'
import { startNode } from '../src/node-process.ts'
import type { SupervisedOptions } from '../src/supervised.ts'

const main = new URL('support/child.ts', import.meta.url)

/** A supervised child; `said` resolves with the next sentence that matches. */
function supervised(environment: Record<string, string> = {}, waits?: SupervisedOptions['waits']) {
  const sentences: string[] = []
  const waiting: { pattern: RegExp; resolve: (sentence: string) => void }[] = []
  const pids: number[] = []
  const announce = (sentence: string) => {
    sentences.push(sentence)
    for (const { pattern, resolve } of waiting) if (pattern.test(sentence)) resolve(sentence)
  }
  const running = Promise.withResolvers<void>()
  const process_ = new Supervised({
    name: 'child',
    start: () => startNode({ main, environment, onLine: () => running.resolve() }),
    announce,
    ...(waits && { waits }),
    onProcess: (pid, alive) => {
      if (alive) pids.push(pid)
      if (alive && pids.length > 1) announce('started again')
    },
  })
  const said = (pattern: RegExp) => {
    const { promise, resolve } = Promise.withResolvers<string>()
    waiting.push({ pattern, resolve })
    return promise
  }
  return { process: process_, said, pids, sentences, running: running.promise }
}

test('a process that is killed starts again, and it is said', async () => {
  const { process, said, pids } = supervised()
  await process.start()
  const [died, again] = [said(/child ended \(SIGKILL\)/), said(/started again/)]
  process.kill('SIGKILL')
  assert.match(await died, /starts again in 0\.2 s/)
  await again
  assert.notEqual(pids[0], pids[1])
  assert.equal(process.restarts, 1)
  await process.stop(5000)
})

test('a process that is stopped does not start again', async () => {
  const { process, pids, sentences } = supervised()
  await process.start()
  await process.stop(5000)
  assert.equal(pids.length, 1)
  assert.deepEqual(sentences, [])
  assert.equal(process.pid, undefined)
})

test('a process that does not end in time is killed', async () => {
  const { process, sentences, running } = supervised({ STUBBORN: '1' })
  await process.start()
  await running
  await process.stop(100)
  assert.match(sentences.join(), /did not end within 0\.1 s and is killed/)
})

test('a process whose settings do not fit is not started again', async () => {
  const { process, said, pids } = supervised({ EXIT_CODE: '78' })
  const refused = said(/settings do not fit/)
  await process.start()
  await refused
  assert.ok(process.misconfigured)
  assert.equal(pids.length, 1)
  await process.stop(5000)
})

test('the wait grows while a process keeps ending', async () => {
  const { process, said } = supervised({ EXIT_CODE: '1' })
  const [first, second] = [said(/in 0\.2 s/), said(/in 0\.4 s/)]
  await process.start()
  await Promise.all([first, second])
  await process.stop(5000)
})

test('a process that keeps ending is told of no more once the wait is the longest', async () => {
  const { process, said, sentences } = supervised({ EXIT_CODE: '1' }, { firstMs: 1, longestMs: 2 })
  const [first, longest] = [said(/in 0\.001 s$/), said(/in 0\.002 s, each time$/)]
  await process.start()
  await Promise.all([first, longest])
  while (process.endings.length < 5) await said(/started again/)
  await process.stop(5000)
  assert.equal(sentences.filter((sentence) => sentence.startsWith('child ended')).length, 2)
})

test('a process that is held down starts again when it is released', async () => {
  const { process, said, pids } = supervised()
  await process.start()
  const [down, again] = [said(/is held down/), said(/started again/)]
  process.hold()
  process.kill('SIGKILL')
  await down
  assert.equal(process.pid, undefined)
  process.release()
  await again
  assert.equal(pids.length, 2)
  await process.stop(5000)
})

test('an ending tells whether it was asked for', async () => {
  const { process: asked, said } = supervised()
  await asked.start()
  const died = said(/ended \(SIGKILL\)/)
  asked.kill('SIGKILL')
  await died
  await asked.stop(5000)
  assert.equal(asked.endings[0]?.signal, 'SIGKILL')

  const { process: own, said: ownSaid } = supervised({ EXIT_CODE: '1' })
  const ended = ownSaid(/ended \(exit code 1\)/)
  await own.start()
  await ended
  await own.stop(5000)
  assert.equal(own.endings[0]?.signal, undefined)
})

test('a stop while it starts waits for what was started, and ends it', async () => {
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const process = new Supervised({
    name: 'child',
    start: async () => {
      begun.resolve()
      await go.promise
      return await startNode({ main, environment: {}, onLine: () => {} })
    },
    announce: () => {},
  })
  const started = process.start()
  await begun.promise
  const stopped = process.stop(5000)
  go.resolve()
  await Promise.all([started, stopped])
  assert.equal(process.endings.length, 1)
  assert.equal(process.pid, undefined)
})

test('a process that was stopped before it was started stays away', async () => {
  const { process, pids } = supervised()
  await process.stop(5000)
  await process.start()
  assert.deepEqual(pids, [])
})
