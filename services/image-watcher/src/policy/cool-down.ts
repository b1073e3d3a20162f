import { AnnotationError } from './errors.ts'

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `24h`, `30m`, `7d`, in milliseconds. Throws AnnotationError. */
export function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})\s*([smhd])$/.exec(text.trim()) ?? []
  const ms = UNITS_MS[unit]
  if (count === undefined || ms === undefined)
    throw new AnnotationError(`The cool-down "${text.slice(0, 50)}" is no time like 30m, 24h or 7d.`)
  return Number(count) * ms
}

/** Milliseconds until a digest that was first seen here at `since` may be rolled out; an image's own date is its maker's to choose. */
export function coolDownMs(text: string | undefined, since: Date, now: Date): number {
  return text === undefined ? 0 : Math.max(0, since.getTime() + parseDuration(text) - now.getTime())
}
