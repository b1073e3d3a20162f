import { readFile } from 'node:fs/promises'
import type { Doors } from './doors.ts'
import { SAMPLE_PHOTOS, samplePeople, samplePhoto } from './samples.ts'

/** Sends whom the demo knows, and then the photos that they are on. */
export async function sendSamples(doors: Pick<Doors, 'addPerson' | 'sendPhoto'>): Promise<void> {
  for (const { name, bytes } of await samplePeople()) await doors.addPerson(name, bytes)
  for (const photo of SAMPLE_PHOTOS) await doors.sendPhoto(await readFile(samplePhoto(photo)))
}
