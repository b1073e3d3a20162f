import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { fetchFaceModels } from '../src/face-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'face-engine-'))
after(() => rmSync(folder, { recursive: true }))
const main = pathToFileURL(join(folder, 'main.ts'))
const declarations = [
  { main: new URL('none.ts', main), env: { properties: { PORT: {} } } },
  { main, env: { properties: { FACE_MODELS: {} } } },
]
const command = (text: string) => writeFileSync(join(folder, 'fetch-models.ts'), text)

test('the command beside the service that reads the nets fetches them', async () => {
  command("console.log('fetched into /models')")
  const said: string[] = []
  await fetchFaceModels(declarations, (sentence) => said.push(sentence))
  assert.deepEqual(said.slice(1), ['nets of opencv: fetched into /models'])
})

test('without that service nothing is fetched, and what the command says when it fails is said', async () => {
  command("console.error('There is no python3 here.'); process.exitCode = 1")
  await fetchFaceModels(declarations.slice(0, 1), assert.fail)
  await assert.rejects(
    fetchFaceModels(declarations, () => {}),
    { message: 'There is no python3 here.' },
  )
})
