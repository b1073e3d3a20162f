import { readFile, rename, writeFile } from 'node:fs/promises'

/** The text of a file; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Replaces a file, which only its owner may read, at once; a file that holds the text already stays, as does its disk when that is full. */
export async function replaceFile(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) === text) return
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}
