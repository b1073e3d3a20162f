import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Progress } from '../../src/cli/progress.ts'

function terminal({ isTTY = true, columns = 80 } = {}) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

test('a bar appears when something takes longer than a second, and is wiped in the end', ({ mock }) => {
  let now = 0
  mock.method(performance, 'now', () => now)
  const screen = terminal()
  const progress = new Progress('photos', 40, screen)
  for (let done = 1; done <= 40; done++) {
    now += 200
    progress.tick()
  }
  progress[Symbol.dispose]()
  const [first = ''] = screen.written
  assert.match(first, /photos █+░+ 5\/40 {2}5\.0\/s {2}0:07 left/)
  assert.match(screen.written.at(-2) ?? '', /40\/40 .*0:00 left/)
  assert.equal(screen.written.at(-1), '\r\x1b[K')
})

test('it is drawn ten times a second at most, and no wider than the terminal', ({ mock }) => {
  let now = 0
  mock.method(performance, 'now', () => now)
  const screen = terminal({ columns: 30 })
  const progress = new Progress('photos', 10_000, screen)
  for (let done = 0; done < 5000; done++) {
    now += 1
    progress.tick()
  }
  assert.ok(screen.written.length > 30 && screen.written.length <= 42, `${screen.written.length} times`)
  for (const text of screen.written) assert.ok(text.replace('\r\x1b[K', '').length < 30)
})

test('nothing is written where nobody looks, or when it is quick', () => {
  const file = terminal({ isTTY: false })
  const quick = terminal()
  for (const screen of [file, quick]) {
    using progress = new Progress('photos', 2, screen)
    progress.tick()
    progress.tick()
    assert.deepEqual(screen.written, [])
  }
})
