import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageFileStore } from '@livepods/images'
import { ORPHAN_AGE_MS } from './limits.ts'

interface Rows {
  /** Those of the paths that have a row. */
  existing(paths: string[]): Promise<Set<string>>
}

/** Uploads whose photos are looked up together. */
const BATCH = 500

/**
 * Removes what a crash left, once it is older than `olderThanMs`: uploads whose row was never inserted, and staged uploads that were never
 * put into the store. Returns how many. An upload that is being received is younger, and one that is sent again gets a new age.
 */
export async function removeOrphans(
  { store, photoStore }: { store: ImageFileStore; photoStore: Rows },
  { olderThanMs = ORPHAN_AGE_MS, signal }: { olderThanMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const before = new Date(Date.now() - olderThanMs)
  let removed = await removeStaged(await store.stagingFolder(), before)
  let batch: string[] = []
  const removeBatch = async () => {
    const existing = batch.length > 0 ? await photoStore.existing(batch) : new Set()
    for (const path of batch) if (!existing.has(path) && (await store.remove(path, before))) removed += 1
    batch = []
  }
  for await (const { path, at } of store.list()) {
    if (signal?.aborted) return removed
    if (at < before) batch.push(path)
    if (batch.length === BATCH) await removeBatch()
  }
  await removeBatch()
  return removed
}

async function removeStaged(folder: string, before: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    // Removed meanwhile: its request has ended.
    const stats = await stat(file).catch(() => undefined)
    if (!stats?.isFile() || stats.mtime >= before) continue
    await rm(file, { force: true })
    removed += 1
  }
  return removed
}
