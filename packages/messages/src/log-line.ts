import { contentFrom } from './message.ts'

export interface LogLine {
  /** The first words: `From`. */
  begin: string
  address: string
  at: Date
  /** Between time and body. */
  note?: string
  body: Buffer
}

/**
 * A line of a text log as the original writes it: `From <address> at <Y-m-d h:i:sa> : <body>`, with a 12-hour clock, in the time zone of the
 * process. Control characters are written as \n, \x1b and so on, so that no body can begin a line of its own.
 */
export function formatLogLine({ begin, address, at, note = '', body }: LogLine): string {
  return `${begin} ${address} at ${timeText(at)}${note} : ${printable(body)}\n`
}

/** Of the last line: many lines have the same second, and to format it costs as much as all the rest. */
let last = { second: Number.NaN, text: '' }

function timeText(at: Date): string {
  const second = Math.floor(at.getTime() / 1000)
  if (second !== last.second) last = { second, text: formatTime(at) }
  return last.text
}

function formatTime(at: Date): string {
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  const time = [two(at.getHours() % 12 || 12), two(at.getMinutes()), two(at.getSeconds())].join(':')
  return `${date} ${time}${at.getHours() < 12 ? 'am' : 'pm'}`
}

const two = (number: number) => String(number).padStart(2, '0')

/** Control characters (C0, DEL, C1) and the separators of lines and paragraphs. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/gu
const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text on one line; of a body that is no UTF-8 every byte above 127 as \xff. */
export function printable(body: Buffer): string {
  const content = contentFrom(body)
  if (typeof content === 'string') return content.replace(UNPRINTABLE, escaped)
  return content.toString('latin1').replace(/[^\x20-\x7e]/g, escaped)
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  const hex = (digits: number) => code.toString(16).padStart(digits, '0')
  return NAMED[character] ?? (code < 256 ? `\\x${hex(2)}` : `\\u${hex(4)}`)
}
