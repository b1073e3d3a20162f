import { BadRequestError } from './bad-request-error.ts'

const UNITS: Record<string, number> = { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }

/** So many bytes; units are in powers of 1024. Throws BadRequestError. */
export function bytesOf(size: string, unit: string): number {
  if (!/^\+?\d{1,15}$/.test(size))
    throw new BadRequestError(`size must be a whole number from 0, like 40, not "${shown(size)}".`)
  const factor = UNITS[unit.toUpperCase()]
  if (factor === undefined) throw new BadRequestError(`unit must be one of B, KB, MB, GB, TB, not "${shown(unit)}".`)
  return Number(size) * factor
}

/** What a client sent, in a sentence for it. */
export function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)
}
