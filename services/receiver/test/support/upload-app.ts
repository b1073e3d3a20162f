import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FolderStore, type ImageFileStore, ImageRoots } from '@livepods/images'
import type { LimitRequests } from '../../src/request-limit.ts'
import { build } from './build.ts'

/** The app over a real folder, listening. */
export async function uploadApp({
  maxBytes = 1_000_000,
  store,
  uploadSlots,
}: {
  maxBytes?: number
  store?: ImageFileStore
  uploadSlots?: LimitRequests
} = {}) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-uploads-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const uploadStore = store ?? new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
  const { app, notified, store: rows, uploads } = build({ uploadStore, maxBytes, ...(uploadSlots && { uploadSlots }) })
  stack.defer(() => app.close())
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/images`
  const all = async (of: string) => (await readdir(join(folder, of)).catch(() => [])).sort()
  return {
    url,
    app,
    notified,
    uploads,
    rows,
    folder,
    send: async (body: Buffer, headers: Record<string, string> | string) => {
      const response = await fetch(url, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: typeof headers === 'string' ? { 'content-type': headers } : headers,
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, json: JSON.parse(text) }
    },
    /** Uploads that are stored. */
    stored: async () => (await all('uploads')).filter((name) => name !== '.incoming'),
    /** Staged uploads. */
    staged: () => all('uploads/.incoming'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
