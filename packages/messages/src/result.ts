/** What became of one message. */
export type Result =
  /** Durable where it was sent to. */
  | { result: 'taken' }
  /** It was taken before, with the same body. */
  | { result: 'duplicate' }
  /** Messages of its stream before it are missing, from `seq` on: send it again when those were taken. */
  | { result: 'expected'; seq: number }
  /** It will never be taken as it is. */
  | { result: 'refused'; status: number; detail: string }

export const RESULTS = ['taken', 'duplicate', 'expected', 'refused'] as const satisfies Result['result'][]

/** Results as the answer to a batch: one line each. */
export function formatResults(results: readonly Result[]): string {
  return results.map((result) => `${JSON.stringify(result)}\n`).join('')
}

/** The results in an answer to a batch of `count` messages. Throws when it is none. */
export function parseResults(text: string, count: number): Result[] {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length !== count)
    throw new Error(`The answer has ${lines.length} results for ${count} messages.`)
  return lines.map((line) => {
    const value = JSON.parse(line) as Partial<Record<string, unknown>> | null
    if (!isResult(value)) throw new Error(`The answer has an unknown result: ${line.slice(0, 200)}`)
    return value
  })
}

function isResult(value: Partial<Record<string, unknown>> | null): value is Result {
  if (value === null) return false
  const { result, seq, status, detail } = value
  if (result === 'expected') return Number.isSafeInteger(seq)
  if (result === 'refused') return typeof status === 'number' && typeof detail === 'string'
  return result === 'taken' || result === 'duplicate'
}
