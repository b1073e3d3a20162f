import { readFile } from 'node:fs/promises'
import type { FrontendClient } from './frontend-client.ts'
import { SAMPLE_PHOTOS, samplePeople, samplePhoto } from './samples.ts'

/** Sends whom the demo knows, and then the photos that they are on. */
export async function sendSamples(frontend: Pick<FrontendClient, 'addPerson' | 'sendPhoto'>): Promise<void> {
  for (const { name, bytes } of await samplePeople()) await frontend.addPerson(name, bytes)
  for (const photo of SAMPLE_PHOTOS) await frontend.sendPhoto(await readFile(samplePhoto(photo)))
}
