const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

/** Whether Go's strconv.ParseBool takes this for true. */
export function isTrue(text: string | null): boolean {
  return text !== null && TRUE.has(text)
}

const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const PART = '(\\d+\\.?\\d*|\\.\\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)'
const DURATION = new RegExp(`^([+-]?)((?:${PART})+)$`)

/** Milliseconds of a duration as Go writes it (1h30m, 20ms, -1.5s); undefined when it is none. */
export function durationMs(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0
  const [, sign, parts] = DURATION.exec(text) ?? []
  if (parts === undefined) return undefined
  let ms = 0
  for (const [, number, unit] of parts.matchAll(new RegExp(PART, 'g')))
    ms += Number(number) * (UNIT_MS[unit as string] as number)
  return sign === '-' ? -ms : ms
}
