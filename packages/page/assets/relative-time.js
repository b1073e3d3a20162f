const UNITS = /** @type {[number, string][]} */ ([
  [1000, 's'],
  [60_000, 'min'],
  [3_600_000, 'h'],
  [86_400_000, 'd'],
])

/**
 * "3 s ago", "in 5 min", "now": the moment that lies `fromNowMs` milliseconds ahead (negative: back).
 * @param {number} fromNowMs
 */
export function relativeTime(fromNowMs) {
  const ms = Math.abs(fromNowMs)
  if (ms < 1000) return 'now'
  const [size, unit] = UNITS.findLast(([least]) => ms >= least) ?? UNITS[0]
  const amount = `${Math.floor(ms / size)} ${unit}`
  return fromNowMs < 0 ? `${amount} ago` : `in ${amount}`
}

/**
 * "120 ms", "1.4 s", "2 min 5 s".
 * @param {number} ms
 */
export function durationText(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`
}
