import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { describe } from '../../../src/engine/describe.ts'
import { openOpencv } from '../../../src/engine/opencv.ts'
import { distanceOf } from '../../../src/gallery/shared-gallery.ts'
import { models, withoutModels } from '../../support/opencv-models.ts'
import { photos, withoutPhotos } from '../../support/photos.ts'

/** The distance at which image-processor joins faces of this engine. */
const THRESHOLD = 0.52
/** Who is on a photo, by its name; the same photos as in `pnpm bench faces`. */
const PEOPLE: [name: RegExp, person?: string][] = [
  [/^azure\/(Family\d-[A-Z][a-z]+)\d\.jpg$/],
  [/^azure\/child\d-person-group\.jpg$/, 'Family1-Daughter'],
  [/^azure\/woman\d-person-group\.jpg$/, 'Family2-Lady'],
  [/^azure\/man\d-person-group\.jpg$/, 'Family2-Man'],
  [/^portraits\/(obama|biden).*\.jpg$/],
  [/^compat\/known_people\/([a-z]+)_\d+\.jpg$/],
]

function personOn(name: string): string | undefined {
  for (const [pattern, person] of PEOPLE) {
    const match = pattern.exec(name)
    if (match) return person ?? match[1]
  }
  return undefined
}

test('of 496 pairs of photos at least 495 are told rightly', { skip: withoutPhotos || withoutModels }, async () => {
  const engine = await openOpencv(models)
  const faces = new Map<string, { person: string; descriptor: Float32Array | undefined }>()
  for (const name of ['azure', 'portraits', 'compat/known_people'].flatMap((folder) =>
    readdirSync(join(photos, folder)).map((file) => `${folder}/${file}`),
  )) {
    const person = personOn(name)
    if (person === undefined) continue
    const bytes = readFileSync(join(photos, name))
    // Some photos are there twice, under two names.
    const key = hash('sha256', bytes)
    if (!faces.has(key)) faces.set(key, { person, descriptor: (await describe(engine, bytes)).faces[0]?.descriptor })
  }
  await engine.close()
  const all = [...faces.values()]
  const right = all.flatMap((one, i) =>
    all.slice(i + 1).map((other) => {
      const isMatch =
        one.descriptor !== undefined &&
        other.descriptor !== undefined &&
        distanceOf(one.descriptor, other.descriptor) <= THRESHOLD
      return isMatch === (one.person === other.person)
    }),
  )
  assert.equal(right.length, 496)
  assert.ok(right.filter(Boolean).length >= 495, `${right.filter(Boolean).length} of ${right.length}`)
})
