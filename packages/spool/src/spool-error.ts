/**
 * - `SPOOL_FULL`: as large as it may be; try again later (503).
 * - `DISK_FULL`: the file system has no room; nothing of this append is stored (507).
 * - `KEY_REUSED`: the key belongs to a record with another digest (422).
 * - `LOCKED`: another process uses the folder.
 * - `CLOSED`: the spool was closed, or failed for good.
 */
export type SpoolErrorCode = 'SPOOL_FULL' | 'DISK_FULL' | 'KEY_REUSED' | 'LOCKED' | 'CLOSED'

export class SpoolError extends Error {
  override readonly name = 'SpoolError'
  readonly code: SpoolErrorCode

  constructor(code: SpoolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Whether the file system said that it has no room. */
export function isNoRoom(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOSPC' || code === 'EDQUOT'
}
