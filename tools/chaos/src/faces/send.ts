import type { Request } from './evidence.ts'

export interface Answer {
  type: 'ok' | 'fail' | 'info'
  ids?: (string | null)[]
  error?: string
}

export interface Order {
  f: Request
  paths: string[]
  key?: string
}

/** One request to the receiver and what its answer means: only what says so is ok, only what cannot have been stored is a fail. */
export async function send(receiver: string, { f, paths, key }: Order, patienceMs: number): Promise<Answer> {
  const [path] = paths
  const url = `${receiver}${f === 'batch' ? '/v1/images/batch' : f === 'original' ? '/image/post' : '/v1/images'}`
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
      body: JSON.stringify(f === 'batch' ? { paths } : { path }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    if (response.ok) return { type: 'ok', ids: idsIn(f, text) }
    const error = `${response.status} ${text.slice(0, 200)}`
    return { type: response.status < 500 ? 'fail' : 'info', error }
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    // Only then nothing was sent.
    return { type: cause?.code === 'ECONNREFUSED' ? 'fail' : 'info', error: cause?.code ?? message }
  }
}

function idsIn(f: Request, text: string): (string | null)[] {
  if (f === 'original') return [/image saved with id: (\d+)/.exec(text)?.[1] ?? null]
  const answer = JSON.parse(text) as { id: string; results: { id: string }[] }
  return f === 'batch' ? answer.results.map(({ id }) => id) : [answer.id]
}
