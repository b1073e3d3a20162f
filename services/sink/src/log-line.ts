import { formatLogLine } from '@livepods/messages'
import { KIND } from './kind.ts'
import type { LoggedMessage } from './message-store.ts'

const EMPTY = Buffer.alloc(0)

/** A line of the log: as the original writes it, with a note when the message came late. */
export function logLine({ kind, address, takenAt, body }: Omit<LoggedMessage, 'position'>): string {
  const note = kind === KIND.late ? ' (late)' : ''
  return formatLogLine({ begin: 'From', address, at: takenAt, note, body: body ?? EMPTY })
}
