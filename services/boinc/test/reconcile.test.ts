import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Account, GuiRpcError, type Project } from '@livepods/boinc'
import { createLog } from '@livepods/service'
import { changesTo, reconcile } from '../src/reconcile.ts'
import { projectWith } from './support/project.ts'

const A: Account = { url: 'http://a.example/', key: 'key of a' }
const HASHES = { [A.url]: hash('sha256', A.key) }
const log = createLog('test', 'silent')

describe('what leads to what is declared', () => {
  const CASES: [what: string, accounts: Account[], projects: Partial<Project>[], changes: string[]][] = [
    ['a project that is not there is attached', [A], [], ['attach']],
    ['one that is there with this key stays', [A], [{}], []],
    ['one that has not answered yet stays', [A], [{ hostId: 0 }], []],
    ['one that is not declared finishes its tasks', [], [{}], ['detach-when-done']],
    ['one that is not declared and finishes its tasks already is left alone', [], [{ isDetachedWhenDone: true }], []],
    ['one that is not declared and never took us in goes at once', [], [{ hostId: 0 }], ['detach']],
    ['one that is declared again stays', [A], [{ isDetachedWhenDone: true }], ['dont-detach-when-done']],
    ['with another key its tasks are finished first', [{ ...A, key: 'another' }], [{}], ['detach-when-done']],
    [
      'with another key one that never took us in goes at once',
      [{ ...A, key: 'another' }],
      [{ hostId: 0 }],
      ['detach'],
    ],
    ['one of an account manager is its own', [], [{ isManaged: true }, { isManaged: true, hostId: 0 }], []],
    ['several are looked at one by one', [A], [{ url: 'http://b.example/' }], ['attach', 'detach-when-done']],
  ]
  for (const [what, accounts, projects, changes] of CASES)
    test(what, () => {
      const found = changesTo(accounts, projects.map(projectWith), HASHES)
      assert.deepEqual(
        found.map((change) => change.what),
        changes,
      )
    })

  test('a project whose key is not known, since it was attached before, stays', () => {
    assert.deepEqual(changesTo([A], [projectWith({})], {}), [])
  })
})

test('what the client refuses holds up nothing else, and no key is written down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boinc-reconcile-'))
  try {
    const told: string[] = []
    const client = {
      attach: async ({ url }: Account) => {
        told.push(url)
        if (url === A.url) throw new GuiRpcError('REFUSED', 'already attached')
      },
      project: async () => {},
    }
    const accounts = [A, { url: 'http://b.example/', key: 'key of b' }]
    await reconcile(client, { accounts, projects: [], folder, log })
    assert.deepEqual(told, [A.url, 'http://b.example/'])
    const kept = await readFile(join(folder, 'livepods-keys.json'), 'utf8')
    assert.ok(!kept.includes('key of'), kept)
  } finally {
    await rm(folder, { recursive: true })
  }
})
