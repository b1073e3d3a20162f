import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '@livepods/photo'

interface Photo {
  id: string
  final: boolean
  outcome: Outcome | null
}

export interface Receiver {
  url: string
  /** Sent with every request, such as a token. */
  headers: Record<string, string>
}

/** Submits the paths to the receiver; a path that it has already keeps its row. Returns the ids. */
export async function submit({ url, headers }: Receiver, paths: string[]): Promise<string[]> {
  return await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(`${url}/v1/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ path }),
      })
      if (!response.ok) throw new Error(`The receiver answers ${response.status} to ${path}: ${await response.text()}`)
      return ((await response.json()) as Photo).id
    }),
  )
}

/** Resolves with the photos when all of them are in a final state. */
export async function final({ url, headers }: Receiver, ids: string[], signal: AbortSignal): Promise<Photo[]> {
  for (;;) {
    const photos = await Promise.all(
      ids.map(async (id) => (await (await fetch(`${url}/v1/images/${id}`, { headers, signal })).json()) as Photo),
    )
    if (photos.every(({ final }) => final)) return photos
    await sleep(100, undefined, { signal })
  }
}
