import { execFile } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ModelName } from '../weights.ts'

/** Embeddings of open files with the optimised nets, for every thread of this process. */
export type ModelFiles = Record<ModelName, number>

export interface OpenModelFiles {
  files: ModelFiles
  close: () => Promise<void>
}

const NAMES: readonly ModelName[] = ['detector', 'landmarks', 'descriptors']
/** Where a container's own file system is read-only, the second still takes 45 MB. */
const FOLDERS = [tmpdir(), '/dev/shm']
const MAIN = fileURLToPath(new URL('./optimise-main.ts', import.meta.url))

/**
 * Makes the nets once for all workers, in a process of its own: making them takes three times the memory of keeping them, and malloc would
 * not give it back. The files have no names any more when this resolves: whatever ends this process removes them. With a
 * folder they are the nets of opencv, of which two lie there.
 */
export async function openModelFiles(folderOfOpencv?: string): Promise<OpenModelFiles> {
  const folder = await firstOf(FOLDERS, (parent) => mkdtemp(join(parent, 'face-recognition-')))
  try {
    await promisify(execFile)(process.execPath, [
      MAIN,
      folder,
      ...(folderOfOpencv === undefined ? [] : [folderOfOpencv]),
    ])
    const handles = await Promise.all(NAMES.map((name) => open(join(folder, name))))
    const files = Object.fromEntries(NAMES.map((name, i) => [name, handles[i]?.fd])) as ModelFiles
    return {
      files,
      close: async () => {
        for (const handle of handles) await handle.close()
      },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function firstOf<T, R>(items: readonly T[], attempt: (item: T) => Promise<R>): Promise<R> {
  const errors: unknown[] = []
  for (const item of items) {
    try {
      return await attempt(item)
    } catch (error) {
      errors.push(error)
    }
  }
  throw new AggregateError(errors, 'No folder for temporary files can be written.')
}
