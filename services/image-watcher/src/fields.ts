/** The fields of an object, or of the object that a text is as JSON; of anything else none. */
export function fields(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      return fields(JSON.parse(value))
    } catch {
      return {}
    }
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
