import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Files, OpenFile } from '../src/files.ts'
import { crashRun, type Mutation } from './support/crash-run.ts'

/** `CRASH_SEEDS=10000` is the full run, of some minutes; `CRASH_SEED=n` begins with another one. */
const SEEDS = Number(process.env.CRASH_SEEDS ?? 300)
const FIRST = Number(process.env.CRASH_SEED ?? 1)

test(`what was acknowledged is there after ${SEEDS} runs of crashes, in order, and no cursor is ahead`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++)
    await crashRun(seed).catch((cause) => {
      throw new Error(`CRASH_SEED=${seed}: ${cause.message}`, { cause })
    })
})

const mutations: Record<string, Mutation> = {
  'an answer before the write': { files: (files) => wrapped(files, answersFirst) },
  'a missing fdatasync': { files: (files) => wrapped(files, (file) => ({ ...file, sync: async () => {} })) },
  'a folder that is not synced': { files: (files) => ({ ...wrapped(files), syncFolder: async () => {} }) },
  'a cursor that moves before the answer': { acknowledgesFirst: true },
}
for (const [mistake, mutation] of Object.entries(mutations))
  test(`the crash test finds ${mistake}`, async () => {
    const found = await firstFailure(mutation)
    assert.notEqual(found, undefined)
  })

async function firstFailure(mutation: Mutation): Promise<number | undefined> {
  for (let seed = 1; seed <= 300; seed++) {
    try {
      await crashRun(seed, mutation)
    } catch (error) {
      if (error instanceof assert.AssertionError) return seed
      throw error
    }
  }
  return undefined
}

function wrapped(files: Files, wrap: (file: OpenFile) => OpenFile = (file) => file): Files {
  return {
    makeFolder: (folder) => files.makeFolder(folder),
    names: (folder) => files.names(folder),
    open: async (path, options) => wrap(await files.open(path, options)),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncFolder: (folder) => files.syncFolder(folder),
    lock: (folder) => files.lock(folder),
  }
}

/** Says at once that a write is done, and durable; does both later. */
function answersFirst(file: OpenFile): OpenFile {
  let done: Promise<unknown> = Promise.resolve()
  return {
    ...file,
    write: async (buffer, position) => {
      const bytes = Buffer.from(buffer)
      done = done.then(() => file.write(bytes, position)).then(() => file.sync())
      done.catch(() => {})
      return bytes.length
    },
    sync: async () => {},
  }
}
