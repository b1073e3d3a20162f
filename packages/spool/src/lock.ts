import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { SpoolError } from './spool-error.ts'

const LOCK = '.lock'
const STARTING = '.starting'
/** What a lock answers to a connection: it holds the folder, or has not decided yet. */
const HOLDS = 'H'
const DECIDES = 'S'
/** A process that accepts connections but answers nothing is stopped, or busy: it counts as a holder. */
const ANSWER_WITHIN_MS = 10_000
/** Of the path of a Unix socket: sun_path has 108 on Linux, 104 elsewhere. */
const LONGEST_PATH = 100

/**
 * Takes the folder for this process until it is disposed, or the process ends in any way. Rejects with SpoolError LOCKED when another
 * process has it. Of several that start at once exactly one gets it.
 *
 * Each starter listens on a socket of its own, `<random>.lock`; docs/decisions/0015 says why not all on one. It gets that name by a rename,
 * when it already listens: a lock that refuses connections is dead.
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const id = randomBytes(8).toString('hex')
  const own = id + LOCK
  const handle = await open(folder, 'r')
  const socketPath = (name: string) => shortPath(folder, name, handle)
  const peers = new Set<Socket>()
  let state = DECIDES
  const server = createServer((peer) => {
    peers.add(peer)
    peer.on('error', () => {}).on('close', () => peers.delete(peer))
    peer.unref()
    peer.write(state)
  })
  server.unref()

  const release = async () => {
    await rm(join(folder, own), { force: true })
    await new Promise((resolve) => {
      server.close(resolve)
      for (const peer of peers) peer.destroy()
    })
    await handle.close()
  }

  try {
    await listen(server, socketPath(id + STARTING))
    await rename(join(folder, id + STARTING), join(folder, own)).catch((error: NodeJS.ErrnoException) => {
      // A holder has removed it.
      throw error.code === 'ENOENT' ? locked(folder) : error
    })
    while (!(await isAlone({ folder, own, socketPath }))) {}
  } catch (error) {
    await release()
    throw error
  }
  state = HOLDS
  for (const peer of peers) peer.write(HOLDS)
  for (const name of await readdir(folder)) if (name.endsWith(STARTING)) await rm(join(folder, name), { force: true })
  return { [Symbol.asyncDispose]: release }
}

/** Whether no other lock was seen; rejects when one of them goes first. */
async function isAlone({
  folder,
  own,
  socketPath,
}: {
  folder: string
  own: string
  socketPath: (name: string) => string
}) {
  const others = (await readdir(folder)).filter((name) => name.endsWith(LOCK) && name !== own)
  for (const other of others) {
    const answer = await ask(socketPath(other), { patient: own < other })
    if (answer === 'held') throw locked(folder)
    if (answer === 'dead') await rm(join(folder, other), { force: true })
  }
  return others.length === 0
}

/** What becomes of the lock at `path`; one that has not decided yet counts as held unless we are `patient`. */
function ask(path: string, { patient }: { patient: boolean }): Promise<'held' | 'dead' | 'gone'> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.setTimeout(ANSWER_WITHIN_MS, () => answer('held'))
    const answer = (what: 'held' | 'dead' | 'gone') => {
      resolve(what)
      socket.destroy()
    }
    socket.on('data', (bytes) => {
      if (!patient || bytes.toString('latin1').includes(HOLDS)) answer('held')
    })
    socket.on('close', () => answer('gone'))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') answer('dead')
      // Any other error of connecting, such as a full backlog, is no proof that it is dead.
      else answer(code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE' ? 'gone' : 'held')
    })
  })
}

const locked = (folder: string) => new SpoolError('LOCKED', `Another process uses ${folder}.`)

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, exclusive: true }, () => resolve())
  })
}

/** Linux has a short name for every folder that is open. */
function shortPath(folder: string, name: string, { fd }: FileHandle): string {
  const path = join(folder, name)
  const isLong = Buffer.byteLength(path) > LONGEST_PATH
  return isLong && process.platform === 'linux' ? `/proc/self/fd/${fd}/${name}` : path
}
