import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Parts } from '../../src/app.ts'
import { frontend } from './frontend.ts'
import { KnownFiles } from './known-files.ts'
import { addPhoto } from './rows.ts'

/** A frontend that listens, with known people in memory and a photo that has two faces of nobody. */
export async function withPeople(options: Pick<Parts, 'access'> = {}) {
  const files = new KnownFiles()
  const front = await frontend({ ...options, faces: files })
  const grey = sharp({ create: { width: 400, height: 300, channels: 3, background: '#888' } })
  await writeFile(join(front.folder, 'two.jpg'), await grey.jpeg().toBuffer())
  const outcome = 'UNIDENTIFIED'
  const photo = await addPhoto(front.database, {
    path: 'two.jpg',
    outcome,
    finishedAgo: 0,
    faces: [{}, { box: [0.7, 0.1, 0.1, 0.2] }],
  })
  const [one, other] = (await front.database.rows<{ id: string }>('SELECT id FROM faces ORDER BY id')).map(
    ({ id }) => id,
  )
  const url = await front.app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { accept: 'text/html' }
  return {
    ...front,
    files,
    url,
    photo,
    faces: [one ?? '', other ?? ''] as const,
    /** Sends a form as a browser without scripts does, and follows to the page that it leads to. */
    send: async (path: string, fields: Record<string, string | File>, more: Record<string, string> = {}) => {
      const body = new FormData()
      for (const [name, value] of Object.entries(fields)) body.append(name, value)
      const answer = await fetch(url + path, { method: 'POST', body, headers: { ...headers, ...more } })
      return { status: answer.status, at: answer.url.slice(url.length), text: await answer.text() }
    },
    ask: async (method: string, path: string, body?: object | FormData, more: Record<string, string> = {}) => {
      const isForm = body instanceof FormData
      const type: Record<string, string> = body && !isForm ? { 'content-type': 'application/json' } : {}
      const sent = body && { body: isForm ? body : JSON.stringify(body) }
      const answer = await fetch(url + path, { method, headers: { ...type, ...more }, ...sent })
      // biome-ignore lint/suspicious/noExplicitAny: whatever the API says is what the tests look at
      return { status: answer.status, json: (await answer.json()) as any }
    },
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  }
}
