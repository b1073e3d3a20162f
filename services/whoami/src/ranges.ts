/** From `start` to before `end`. */
export interface Range {
  start: number
  end: number
}

const MAX_RANGES = 100

/**
 * What a Range field asks for of `size` bytes (RFC 9110, 14): undefined = all of it (no field, or as much as all of it), `outside` where
 * nothing of it is there.
 */
export function rangesOf(field: string | undefined, size: number): Range[] | 'invalid' | 'outside' | undefined {
  if (field === undefined || size === 0) return undefined
  const [, list] = /^bytes=(.*)$/.exec(field) ?? []
  const specs = (list ?? '')
    .split(',')
    .map((spec) => spec.trim())
    .filter(Boolean)
  if (specs.length === 0 || specs.length > MAX_RANGES) return 'invalid'
  const ranges: Range[] = []
  for (const spec of specs) {
    const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(spec) ?? []
    if (first === '' && last === '') return 'invalid'
    const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
    const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
    if (first !== '' && last !== '' && Number(last) < start) return 'invalid'
    if (start < size && end > start) ranges.push({ start, end })
  }
  if (ranges.length === 0) return 'outside'
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0) > size ? undefined : ranges
}
