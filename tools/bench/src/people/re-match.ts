import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import sharp from 'sharp'
import { MadeFaces } from '../faces/made-gallery.ts'
import type { Field } from '../field.ts'
import { percentile } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { noneOf, target } from '../targets.ts'
import { addGroups, storeFaces } from './rows.ts'
import { measureTimes, type Setup, type Waits } from './waits.ts'

export interface ReMatchTimes {
  /** Until every stored face was compared with the new people, in each round. */
  reMatchMs: number[]
  /** What uploads took meanwhile, all rounds together. */
  uploadMs: number[]
  failures: number
}

const PLANS = {
  full: { rounds: 2, faces: 100_000 },
  quick: { rounds: 1, faces: 10_000 },
  tiny: { rounds: 1, faces: 300 },
}
const UPLOADS_PER_SECOND = 5
/** A machine that is slower than the uploads sends no more while so many photos wait: an overload is another measurement. */
const MOST_WAITING = 50
const FACES_IN_A_GROUP = 50

/** What it takes to compare all stored faces again after somebody was added, while photos come in. */
export async function reMatch({ field, engine }: Setup, bench: Bench): Promise<Waits> {
  const { rounds, faces } = planOf(bench, PLANS)
  await storeStrangers(field, engine, faces)
  await upToDate(field, 0)
  const portrait = await readFile(join(field.system.knownPeople, 'fiona', 'sample3.jpg'))
  const times: ReMatchTimes = { reMatchMs: [], uploadMs: [], failures: 0 }
  let added = 0
  times.reMatchMs = await measureTimes(bench, { title: 're-match', rounds, warmUp: 0 }, async () => {
    const photo = await sharp(portrait)
      .modulate({ brightness: 1 + added / 50 })
      .jpeg()
      .toBuffer()
    const form = new FormData()
    form.append('name', `Added ${added++}`)
    form.append('photos', new Blob([new Uint8Array(photo)]), 'portrait.jpg')
    const stop = new AbortController()
    const uploads = uploading(field, times, stop.signal)
    const before = await newest(field)
    const begun = performance.now()
    try {
      const answer = await fetch(`${field.url('frontend')}/v1/people`, { method: 'POST', body: form })
      if (!answer.ok) throw new Error(`Adding failed: ${await answer.text()}`)
      await upToDate(field, before)
      return performance.now() - begun
    } finally {
      stop.abort()
      await uploads
    }
  })
  return reMatchWaits(times, faces)
}

export function reMatchWaits(times: ReMatchTimes, faces: number): Waits {
  const { reMatchMs, uploadMs, failures } = times
  const name = `a person added → ${faces.toLocaleString('en')} stored faces compared again, while photos come in`
  return {
    waits: [
      { name, times: reMatchMs, atMostMs: 15_000 },
      { name: 'an upload meanwhile', times: uploadMs },
    ],
    targets: [
      ...target('uploads meanwhile, p99', percentile(uploadMs, 0.99), { atMost: 300, unit: ' ms' }),
      ...noneOf('uploads that fail meanwhile', failures),
    ],
    data: { look: { lookMs: reMatchMs, uploadMs, failures } },
  }
}

/** Faces of nobody, in groups, on a photo each. */
async function storeStrangers({ database }: Field, engine: string, count: number): Promise<void> {
  const made = new MadeFaces(7)
  const groupOf = (n: number) => Math.floor(n / FACES_IN_A_GROUP)
  const groups = await addGroups(database, groupOf(count - 1) + 1)
  await storeFaces(database, {
    path: (n) => `stored/${n}.jpg`,
    count,
    descriptor: (n) => made.descriptor(groupOf(n), n % FACES_IN_A_GROUP),
    engine,
    group: (n) => groups[groupOf(n)] ?? '',
  })
  await database.rows('ANALYZE TABLE images, faces')
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
async function uploading(field: Field, times: ReMatchTimes, signal: AbortSignal): Promise<void> {
  const sent: Promise<void>[] = []
  for (let n = 0; !signal.aborted; n++) {
    if ((await waiting(field)) < MOST_WAITING) sent.push(upload(field, times, n))
    await sleep(1000 / UPLOADS_PER_SECOND, undefined, { signal }).catch(() => {})
  }
  await Promise.all(sent)
}

async function waiting({ database }: Field): Promise<number> {
  const [row] = await database.rows<{ photos: string }>(
    'SELECT COUNT(*) AS photos FROM images WHERE wake_at IS NOT NULL',
  )
  return Number(row?.photos)
}

async function upload(field: Field, times: ReMatchTimes, n: number): Promise<void> {
  const background = { r: n % 256, g: (n >> 4) % 256, b: Math.floor(Math.random() * 256) }
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 20 }
  const picture = sharp({ create: { width: 640, height: 480, channels: 3, background, noise } })
  const body = new Uint8Array(await picture.jpeg().toBuffer())
  const begun = performance.now()
  try {
    const answer = await fetch(`${field.url('receiver')}/v1/images`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body,
    })
    await answer.arrayBuffer()
    if (!answer.ok) times.failures++
  } catch {
    times.failures++
  }
  times.uploadMs.push(performance.now() - begun)
}
