import { StoreFullError, StoreUnavailableError } from './store-errors.ts'

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

/** Runs `work`, and throws errors of the disk as those of the store: StoreFullError or StoreUnavailableError. */
export async function translateDiskErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new StoreFullError('The disk of the pictures is full. Make room on it and send the photo again.', {
        cause: error,
      })
    if (code !== undefined && AWAY.has(code))
      throw new StoreUnavailableError(`The folder of pictures cannot be used (${code}). Nothing was stored.`, {
        cause: error,
      })
    throw error
  }
}

const AWAY = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EIO',
  'ENOENT',
  'ENOTDIR',
  'ESTALE',
  'ENODEV',
  'ETIMEDOUT',
  'EMFILE',
  'ENFILE',
])
