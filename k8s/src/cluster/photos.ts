import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { State } from '@livepods/photo'
import { eventually } from '@livepods/testing'
import { expect } from './deployed.ts'
import { PortForward } from './port-forward.ts'

interface Image {
  final: boolean
}

const samples = fileURLToPath(new URL('../../../tools/samples/src/main.ts', import.meta.url))

/** Sends three people and six photos through the frontend, as a person would. */
export async function sendSamples(token: string): Promise<void> {
  await using frontend = await PortForward.open('frontend', 8081)
  const folder = await mkdtemp(join(tmpdir(), 'livepods-token-'))
  try {
    await writeFile(join(folder, 'token'), token, { mode: 0o600 })
    const environment = { FRONTEND_URL: frontend.url, ACCESS_TOKEN_FILE: join(folder, 'token'), LOG_LEVEL: 'error' }
    const child = spawn(process.execPath, [samples], { env: { ...process.env, ...environment }, stdio: 'inherit' })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`The samples ended with ${code}.`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Resolves when all photos that were sent are final and somebody known is on some; rejects after three minutes. */
export async function photosAreRecognised(token: string): Promise<string> {
  await using receiver = await PortForward.open('receiver', 8000)
  return await eventually(
    async () => {
      // By state: those of the load, which have no file, would fill the first page.
      const images = async (state: State) => {
        const response = await fetch(`${receiver.url}/v1/images?state=${state}&limit=100`, {
          headers: { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(10_000),
        })
        return ((await response.json()) as { images: Image[] }).images.filter(({ final }) => final)
      }
      const known = await images('identified')
      const unknown = await images('unidentified')
      expect(known.length + unknown.length === 6, `${known.length} known and ${unknown.length} unknown of 6 photos`)
      expect(known.length >= 3, `only ${known.length} photos show somebody known`)
      return `${known.length} known, ${unknown.length} unknown`
    },
    { withinMs: 180_000, everyMs: 500 },
  )
}
