import { rounded } from './statistics.ts'

/** A number to reach, and whether it was. */
export interface Target {
  name: string
  wanted: string
  reached: string
  holds: boolean
}

/** What a number is to be. */
export interface Bound {
  atMost?: number
  atLeast?: number
  /** Stands right after numbers. */
  unit?: string
  /** Texts instead of the numbers with their unit. */
  wanted?: string
  reached?: string
}

/** None where the number was not measured. */
export function target(name: string, value: number | undefined, bound: Bound): Target[] {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY, unit = '', ...texts } = bound
  if (value === undefined) return []
  const wanted = Number.isFinite(atMost) ? `≤ ${atMost}${unit}` : `≥ ${atLeast}${unit}`
  return [{ name, wanted, reached: `${rounded(value)}${unit}`, ...texts, holds: atLeast <= value && value <= atMost }]
}

/** Of something that must not happen. */
export function noneOf(name: string, count: number | undefined): Target[] {
  return target(name, count, { atMost: 0, wanted: '0', reached: `${count}` })
}
