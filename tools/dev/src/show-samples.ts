import { SAMPLE_PHOTOS, SAMPLE_THRESHOLD } from '@livepods/samples'
import type { System } from '@livepods/system'
import { final, submit } from './submission.ts'

/** Submits the sample photos and tells what became of them. */
export async function showSamples(
  system: System,
  { announce, signal }: { announce: (sentence: string) => void; signal: AbortSignal },
): Promise<void> {
  const receiver = { url: `http://${system.address('receiver')}`, headers: system.submitHeaders }
  announce(`submitting ${SAMPLE_PHOTOS.length} sample photos; a face is known up to distance ${SAMPLE_THRESHOLD}`)
  const photos = await final(receiver, await submit(receiver, SAMPLE_PHOTOS), signal)
  const known = photos.filter(({ outcome }) => outcome === 'IDENTIFIED').length
  announce(`the samples are through: somebody known on ${known} of ${photos.length} photos`)
}
