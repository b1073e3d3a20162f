import { AnnotationError } from './errors.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

interface Window {
  days: Set<string>
  fromMinute: number
  toMinute: number
  zone: string
}

/**
 * Whether it is within a window like `Mon-Fri 08:00-17:00 Europe/Zurich`; several are separated by semicolons, without a zone it is UTC. One
 * that ends before it begins lasts until the next day, and is named after the day that it begins on. Throws AnnotationError.
 */
export function isWithinWindow(text: string, now: Date): boolean {
  // All are read, so that a mistake in the second one shows at once.
  return (
    text
      .split(';')
      .map(parseWindow)
      .filter((window) => contains(window, now)).length > 0
  )
}

function parseWindow(text: string): Window {
  const [, days = '', from = '', to = '', zone = 'UTC'] =
    /^\s*([A-Za-z,-]+)\s+(\d\d:\d\d)-(\d\d:\d\d)(?:\s+([A-Za-z0-9/_+-]+))?\s*$/.exec(text) ?? []
  const fault = () =>
    new AnnotationError(`The window "${text.slice(0, 100)}" is not like Mon-Fri 08:00-17:00 Europe/Zurich.`)
  const fromMinute = minuteOf(from)
  const toMinute = minuteOf(to)
  if (fromMinute === undefined || toMinute === undefined) throw fault()
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
  } catch {
    throw fault()
  }
  return {
    days: new Set(days.split(',').flatMap((range) => daysIn(range) ?? raise(fault()))),
    fromMinute,
    toMinute,
    zone,
  }
}

function raise(error: Error): never {
  throw error
}

function minuteOf(text: string): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number)
  const minute = hours * 60 + minutes
  return minutes < 60 && minute <= 24 * 60 ? minute : undefined
}

/** `Mon`, `Mon-Fri`, also over the weekend: `Sat-Mon`. */
function daysIn(range: string): string[] | undefined {
  const [first = '', last = first, ...more] = range.split('-')
  const from = DAYS.indexOf(first)
  const to = DAYS.indexOf(last)
  if (from < 0 || to < 0 || more.length > 0) return undefined
  const count = ((to - from + DAYS.length) % DAYS.length) + 1
  return Array.from({ length: count }, (_, index) => DAYS[(from + index) % DAYS.length] as string)
}

function contains({ days, fromMinute, toMinute, zone }: Window, now: Date): boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]))
  const minute = Number(parts.hour) * 60 + Number(parts.minute)
  const day = parts.weekday ?? ''
  if (fromMinute < toMinute) return days.has(day) && minute >= fromMinute && minute < toMinute
  const dayBefore = DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? ''
  return (days.has(day) && minute >= fromMinute) || (days.has(dayBefore) && minute < toMinute)
}
