import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { revisionOf } from '../src/revision.ts'

test('a revision is the commit, and says when files differ from it, results aside', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.equal(await revisionOf(folder), 'unknown')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder })
  git('init', '-q')
  writeFileSync(join(folder, 'tea'), 'green')
  git('add', '.')
  git('commit', '-q', '-m', 'Brew')
  const commit = await revisionOf(folder)
  assert.match(commit, /^[0-9a-f]{10}$/)
  mkdirSync(join(folder, 'docs/benchmarks'), { recursive: true })
  writeFileSync(join(folder, 'docs/benchmarks/tea.md'), 'hot')
  assert.equal(await revisionOf(folder), commit)
  writeFileSync(join(folder, 'tea'), 'black')
  assert.equal(await revisionOf(join(folder, 'docs')), `${commit} and changes`)
})
