import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PictureStore } from '@livepods/images'
import { ORPHAN_MS } from './limits.ts'

interface Rows {
  /** Those of the paths that have a row. */
  known(paths: string[]): Promise<Set<string>>
}

/** Uploads that are compared with the rows at a time. */
const LOT = 500

/**
 * Removes what a crash left: uploads whose row was never made, and staged uploads that were never put, each older than `olderThanMs`;
 * says how many. An upload that is just coming in is younger, and one that is sent again becomes young.
 */
export async function removeOrphans(
  { store, images }: { store: PictureStore; images: Rows },
  { olderThanMs = ORPHAN_MS, signal }: { olderThanMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const before = new Date(Date.now() - olderThanMs)
  let removed = await removeStaged(await store.gathering(), before)
  let lot: string[] = []
  const removeOrphans = async () => {
    const known = lot.length > 0 ? await images.known(lot) : new Set()
    for (const path of lot) if (!known.has(path) && (await store.remove(path, before))) removed += 1
    lot = []
  }
  for await (const { path, at } of store.list()) {
    if (signal?.aborted) return removed
    if (at < before) lot.push(path)
    if (lot.length === LOT) await removeOrphans()
  }
  await removeOrphans()
  return removed
}

async function removeStaged(folder: string, before: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    // Gone meanwhile: its request has ended.
    const stats = await stat(file).catch(() => undefined)
    if (!stats?.isFile() || stats.mtime >= before) continue
    await rm(file, { force: true })
    removed += 1
  }
  return removed
}
