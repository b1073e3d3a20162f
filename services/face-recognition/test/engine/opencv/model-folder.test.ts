import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MODEL_FILES, readModels } from '../../../src/engine/opencv/model-folder.ts'
import { models, withoutModels } from '../../support/opencv-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'model-folder-'))
after(() => rmSync(folder, { recursive: true }))
const { detector, descriptors } = MODEL_FILES

test('a folder that is not there lacks a model', async () => {
  await assert.rejects(readModels(join(folder, 'none')), { code: 'MODEL_FOLDER', message: /yunet.*" is missing\.$/ })
})

/** What is done to a folder with the right files, and what is said of it. */
const faults: [title: string, spoil: (path: (name: string) => string) => void, sentence: RegExp][] = [
  ['without one model', (path) => rmSync(path(descriptors.name)), /sface.*" is missing\.$/],
  [
    'with a model that is cut off',
    (path) => writeFileSync(path(descriptors.name), readFileSync(join(models, descriptors.name)).subarray(0, 5e6)),
    /sface.*" has 5000000 of 10667852 bytes\.$/,
  ],
  [
    'with the models swapped',
    (path) => {
      cpSync(join(models, detector.name), path(descriptors.name))
      cpSync(join(models, descriptors.name), path(detector.name))
    },
    /yunet.*" is face_recognition_sface_2021dec_int8bq\.onnx\.$/,
  ],
  [
    'with another version of a model',
    (path) => writeFileSync(path(detector.name), Buffer.alloc(232_589)),
    /yunet.*" is another version: its SHA-256 is [0-9a-f]{64}, not 49f0/,
  ],
  [
    'with a model that cannot be read',
    (path) => {
      rmSync(path(detector.name))
      symlinkSync(path(detector.name), path(detector.name))
    },
    /yunet.*" cannot be read: ELOOP\.$/,
  ],
]
for (const [i, [title, spoil, sentence]] of faults.entries()) {
  test(`a folder ${title} is refused in a sentence`, { skip: withoutModels }, async () => {
    const wrong = join(folder, `${i}`)
    mkdirSync(wrong)
    for (const { name } of [detector, descriptors]) cpSync(join(models, name), join(wrong, name))
    assert.equal((await readModels(wrong)).detector.length, detector.bytes)
    spoil((name) => join(wrong, name))
    await assert.rejects(readModels(wrong), { code: 'MODEL_FOLDER', message: sentence })
  })
}
