import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import sharp from 'sharp'
import { MadeFaces } from '../faces/made-gallery.ts'
import type { Field } from '../pipeline/field.ts'
import { addGroups, storeFaces } from './rows.ts'

export interface Looks {
  /** Until every stored face was compared with the new people, in each round. */
  lookMs: number[]
  /** What uploads took meanwhile, all rounds together. */
  uploadMs: number[]
  failures: number
}

const FACES_IN_A_GROUP = 50

/** What it takes to compare all stored faces again after somebody was added, while photos come in. */
export async function measureLook(
  { field, engine, portrait, signal }: { field: Field; engine: string; portrait: string; signal: AbortSignal },
  { rounds, faces, uploadsPerSecond }: { rounds: number; faces: number; uploadsPerSecond: number },
): Promise<Looks> {
  const { database } = field
  const made = new MadeFaces(7)
  const groups = await addGroups(database, Math.ceil(faces / FACES_IN_A_GROUP))
  await storeFaces(database, {
    path: (n) => `stored/${n}.jpg`,
    count: faces,
    descriptor: (n) => made.descriptor(Math.floor(n / FACES_IN_A_GROUP), n % FACES_IN_A_GROUP),
    engine,
    group: (n) => groups[Math.floor(n / FACES_IN_A_GROUP)] ?? '',
  })
  await database.rows('ANALYZE TABLE images, faces')
  const looks: Looks = { lookMs: [], uploadMs: [], failures: 0 }
  await upToDate(field, 0)
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted()
    const form = new FormData()
    form.append('name', `Added ${round}`)
    const photo = await sharp(await readFile(portrait))
      .modulate({ brightness: 1 + round / 50 })
      .jpeg()
      .toBuffer()
    form.append('photos', new Blob([new Uint8Array(photo)]), 'portrait.jpg')
    const stop = new AbortController()
    const uploads = uploading(field, { perSecond: uploadsPerSecond, looks, signal: stop.signal })
    const before = await newest(field)
    const begun = performance.now()
    try {
      const answer = await fetch(`http://127.0.0.1:${field.system.port('frontend')}/v1/people`, {
        method: 'POST',
        body: form,
      })
      if (!answer.ok) throw new Error(`Adding failed: ${await answer.text()}`)
      await upToDate(field, before)
      looks.lookMs.push(performance.now() - begun)
    } finally {
      stop.abort()
      await uploads
    }
  }
  return looks
}

/** The generation of the known people that were seen last. */
async function newest({ database }: Field): Promise<number> {
  const [row] = await database.rows<{ generation: number | null }>(
    'SELECT MAX(generation) AS generation FROM galleries',
  )
  return row?.generation ?? 0
}

/** Resolves when there is a generation after `before` and all stored faces that nobody decided were compared with its people. */
async function upToDate(field: Field, before: number): Promise<void> {
  await eventually(
    async () => {
      const generation = await newest(field)
      const left = await field.database.rows(
        'SELECT 1 FROM faces WHERE decided = 0 AND descriptor IS NOT NULL AND (generation < ? OR generation > ?) LIMIT 1',
        [generation, generation],
      )
      if (generation <= before || left.length > 0) throw new Error('Faces are left.')
    },
    { withinMs: 600_000, everyMs: 100 },
  )
}

/** Sends small photos evenly, each another one, until the signal aborts. */
async function uploading(
  field: Field,
  { perSecond, looks, signal }: { perSecond: number; looks: Looks; signal: AbortSignal },
): Promise<void> {
  const sent: Promise<void>[] = []
  for (let n = 0; !signal.aborted; n++) {
    sent.push(upload(field, looks, n))
    await sleep(1000 / perSecond, undefined, { signal }).catch(() => {})
  }
  await Promise.all(sent)
}

async function upload(field: Field, looks: Looks, n: number): Promise<void> {
  const background = { r: n % 256, g: (n >> 4) % 256, b: Math.floor(Math.random() * 256) }
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 20 }
  const picture = sharp({ create: { width: 640, height: 480, channels: 3, background, noise } })
  const body = new Uint8Array(await picture.jpeg().toBuffer())
  const begun = performance.now()
  try {
    const answer = await fetch(`http://127.0.0.1:${field.receiverPort}/v1/images`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body,
    })
    await answer.arrayBuffer()
    if (!answer.ok) looks.failures++
  } catch {
    looks.failures++
  }
  looks.uploadMs.push(performance.now() - begun)
}
