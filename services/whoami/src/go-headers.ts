/** Name and value as they came; a name may stand several times. */
export type Field = readonly [name: string, value: string]

const canonical = new Map<string, string>()
const MAX_KEPT = 500

/** `x-real-ip` as Go writes it: X-Real-Ip. */
export function canonicalName(name: string): string {
  const known = canonical.get(name)
  if (known !== undefined) return known
  const made = name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
  if (canonical.size < MAX_KEPT) canonical.set(name, made)
  return made
}

/** The fields of a request with names as Go writes them, in the order in which they came. @param raw names and values by turns */
export function fieldsOf(raw: readonly string[]): Field[] {
  const fields: Field[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    // What begins with a colon belongs to HTTP/2 itself.
    if (!name.startsWith(':')) fields.push([canonicalName(name), raw[at + 1] as string])
  }
  return fields
}

/** Sorted by name; fields of one name stay in their order. */
export function sorted(fields: readonly Field[]): Field[] {
  return fields.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
}

/** Whether one of the comma separated tokens of these values is `token`, in whatever case. */
export function hasToken(values: readonly string[], token: string): boolean {
  return values.some((value) => value.split(',').some((part) => part.trim().toLowerCase() === token))
}
