import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '@livepods/service'
import { lockFolder, replaceFile } from '@livepods/spool'

/** Which sink a process is: that of its log folder. */
export interface Identity {
  uuid: string
  /** In lists, and in the name of the log. */
  name: string
}

const FILE = 'sink.json'

/**
 * The sink of this folder; a new one, called `name`, where there is none. No other process can open it until `lock` is disposed of. Rejects
 * with EnvironmentError when the folder cannot be used, or another process uses it.
 */
export async function openFolder(folder: string, name: string): Promise<{ identity: Identity; lock: AsyncDisposable }> {
  await using opening = new AsyncDisposableStack()
  try {
    await mkdir(folder, { recursive: true })
    const lock = opening.use(await lockFolder(folder))
    const identity = (await readIdentity(join(folder, FILE))) ?? (await newIdentity(folder, name))
    opening.move()
    return { identity, lock }
  } catch (error) {
    throw new EnvironmentError([`LOG_FOLDER ${folder}: ${(error as Error).message}`])
  }
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { uuid, name } = JSON.parse(text) as Partial<Identity>
  if (typeof uuid !== 'string' || typeof name !== 'string') throw new Error(`${FILE} does not say which sink this is`)
  return { uuid, name }
}

async function newIdentity(folder: string, name: string): Promise<Identity> {
  const identity = { uuid: randomUUID(), name }
  // A cursor that is there counts the messages of another sink.
  await rm(join(folder, CURSOR_FILE), { force: true })
  await replaceFile(join(folder, FILE), `${JSON.stringify(identity)}\n`)
  return identity
}

/** In the folder of a sink: how far its log is. */
export const CURSOR_FILE = 'sink.cursor'
