import { constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lockFolder } from './lock.ts'
import { syncFolder } from './replace-file.ts'

/** All that the spool asks of a file system; the crash test has a simulated one. Errors have the codes of Node's. */
export interface Files {
  /** Makes the folder durably, if it is not there. */
  makeFolder(folder: string): Promise<void>
  /** The names in a folder. */
  names(folder: string): Promise<string[]>
  /** Opens for reading and writing; with `create` the file is made, or emptied. */
  open(path: string, options?: { create?: boolean }): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>
  /** Makes the entries of a folder durable. */
  syncFolder(folder: string): Promise<void>
  /** Rejects with SpoolError LOCKED when another process has the folder. */
  lock(folder: string): Promise<AsyncDisposable>
}

export interface OpenFile {
  size(): Promise<number>
  /** Fills `buffer` from `position`; resolves with the bytes read, fewer only at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>
  /** Writes once; resolves with the bytes written. Fewer than given is no error: it is how a disk that becomes full begins. */
  write(buffer: Buffer, position: number): Promise<number>
  truncate(size: number): Promise<void>
  /** fdatasync: content and size are durable when it resolves. */
  sync(): Promise<void>
  close(): Promise<void>
}

export const diskFiles: Files = {
  makeFolder: async (folder) => {
    const first = await mkdir(folder, { recursive: true })
    if (first !== undefined) await diskFiles.syncFolder(dirname(first))
  },
  names: (folder) => readdir(folder),
  open: async (path, { create = false } = {}) => {
    const flags = constants.O_RDWR | (create ? constants.O_CREAT | constants.O_TRUNC : 0)
    const handle = await open(path, flags, 0o640)
    return {
      size: async () => (await handle.stat()).size,
      read: async (buffer, position) => {
        let done = 0
        while (done < buffer.length) {
          const { bytesRead } = await handle.read(buffer, done, buffer.length - done, position + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
        return done
      },
      write: async (buffer, position) => (await handle.write(buffer, 0, buffer.length, position)).bytesWritten,
      truncate: (size) => handle.truncate(size),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder,
  lock: lockFolder,
}
