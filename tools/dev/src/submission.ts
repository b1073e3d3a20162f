import { setTimeout as sleep } from 'node:timers/promises'

interface Photo {
  id: string
  status: string
  outcome?: string | null
}

/** Submits the paths to the receiver; a path that it has already keeps its row. Returns the ids. */
export async function submit(receiver: string, paths: string[]): Promise<string[]> {
  return await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(`${receiver}/v1/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ path }),
      })
      if (!response.ok) throw new Error(`The receiver answers ${response.status} to ${path}: ${await response.text()}`)
      return ((await response.json()) as Photo).id
    }),
  )
}

/** Resolves with the photos when all of them are in a final state. */
export async function final(receiver: string, ids: string[], signal: AbortSignal): Promise<Photo[]> {
  for (;;) {
    const photos = await Promise.all(
      ids.map(async (id) => (await (await fetch(`${receiver}/v1/images/${id}`, { signal })).json()) as Photo),
    )
    if (photos.every(({ outcome }) => outcome)) return photos
    await sleep(100, undefined, { signal })
  }
}
