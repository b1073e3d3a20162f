import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nameFromHost } from '@livepods/messages'
import { replaceFile } from '@livepods/spool'

const FILE = 'relay.json'

/**
 * The name of the relay that this folder belongs to; a new folder gets `name`. It is part of the stream of messages that the relay numbers,
 * so it stays when the folder moves to another host.
 */
export async function relayName(folder: string, name = nameFromHost('relay')): Promise<string> {
  const path = join(folder, FILE)
  try {
    const { name: kept } = JSON.parse(await readFile(path, 'utf8')) as { name?: unknown }
    if (typeof kept !== 'string') throw new Error(`${path} does not say which relay this is`)
    return kept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await replaceFile(path, `${JSON.stringify({ name })}\n`)
  return name
}
