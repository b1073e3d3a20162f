import { hash } from 'node:crypto'
import { join } from 'node:path'
import { readIfThere, replaceFile } from './write-file.ts'

/** Hashes of the keys that the client was given, by URL: it does not tell keys itself. They lie on its volume. */
export type KeyHashes = Record<string, string>

const FILE = 'livepods-keys.json'

export async function readKeyHashes(folder: string): Promise<KeyHashes> {
  return JSON.parse((await readIfThere(join(folder, FILE))) ?? '{}') as KeyHashes
}

/** To be called before the client is given the key. */
export async function keepKeyHash(folder: string, url: string, key: string): Promise<void> {
  const hashes = await readKeyHashes(folder)
  await replaceFile(join(folder, FILE), JSON.stringify({ ...hashes, [url]: hashOf(key) }))
}

/** Whether the client has this key; where none is known it was given before we kept any, and counts as this one. */
export function hasKey(hashes: KeyHashes, url: string, key: string): boolean {
  return (hashes[url] ?? hashOf(key)) === hashOf(key)
}

function hashOf(key: string): string {
  return hash('sha256', key)
}
