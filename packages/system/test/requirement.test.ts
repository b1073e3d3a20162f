import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireProgram } from '../src/index.ts'
import { requireSpace } from '../src/requirement.js'

test('a disk with too little room is refused with what it is for, before the folder is there', async () => {
  const folder = join(tmpdir(), 'livepods-not-there/deeper')
  await requireSpace(folder, { packages: 0, 'the database': 0 })
  await assert.rejects(
    requireSpace(folder, { packages: 1e12, 'the database': 130 }),
    /^Error: The disk of .*deeper has \d+ MB left, and needed are \d+ MB for packages and 130 MB for the database\./,
  )
})

test('a program that is missing where we cannot install is named with what installs it', async (t) => {
  const path = process.env.PATH
  t.after(() => {
    process.env.PATH = path
  })
  // Without apt-get, even root cannot.
  process.env.PATH = ''
  const announced: string[] = []
  await assert.rejects(
    requireProgram('livepods-missing', (sentence) => announced.push(sentence)),
    /livepods-missing is missing; install it \(Debian, Ubuntu: "sudo apt-get install livepods-missing"\)/,
  )
  assert.deepEqual(announced, [])
})
