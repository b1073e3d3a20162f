import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { KnownStore } from '../../src/known/known-store.ts'
import type { Change } from './killed-change.ts'

/** A store of known people of its own, for one run. */
export interface TestPlace extends AsyncDisposable {
  store: KnownStore
  root: string
  /** What makes another process use this store. */
  environment: Record<string, string>
  put(name: string, text: string): Promise<void> | void
}

/** Name and text of every picture that is not empty, as a visit sees them. */
export async function picturesOf(store: KnownStore): Promise<Record<string, string>> {
  const names: string[] = []
  await store.visit(
    ({ name }) => names.push(name),
    () => {},
  )
  const texts = names.sort().map(async (name) => [name, `${await store.open(name, { maxBytes: 1000 })}`] as const)
  return Object.fromEntries((await Promise.all(texts)).filter(([, text]) => text !== ''))
}

const killed = fileURLToPath(new URL('killed-change.ts', import.meta.url))

/**
 * Makes the change in processes that are killed before their 1st, 2nd, … step, until one gets to the end; checks what each left
 * behind. `put` are hidden ones, that no visit sees. */
export async function cutAtEachStep(
  open: () => TestPlace | Promise<TestPlace>,
  change: Change,
  {
    before,
    after,
    put = {},
  }: { before: Record<string, string>; after: Record<string, string>; put?: Record<string, string> },
): Promise<number> {
  for (let step = 0; ; step++) {
    await using opened = await open()
    const { store, root, environment } = opened
    for (const [name, text] of Object.entries({ ...before, ...put })) await opened.put(name, text)
    const run = promisify(execFile)(process.execPath, [killed, root, `${step}`, JSON.stringify(change)], {
      env: { ...process.env, ...environment },
    })
    const ended = await run.then(
      () => true,
      (error: { signal: string; stderr: string }) => {
        assert.equal(error.signal, 'SIGKILL', error.stderr)
        return false
      },
    )
    const found = await picturesOf(store)
    const isBefore = JSON.stringify(found) === JSON.stringify(before)
    assert.deepEqual(found, isBefore && !ended ? before : after, `killed before step ${step}`)
    if (isBefore) {
      if ('put' in change) assert.equal(await store.put(change.put[0], Buffer.from(change.put[1])), true)
      else if ('remove' in change) assert.equal(await store.remove(...change.remove), true)
      else assert.equal(await store.move(...change.move), true)
      assert.deepEqual(await picturesOf(store), after, `repeated after step ${step}`)
    }
    if (ended) return step
  }
}
