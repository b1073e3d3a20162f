import { eventually } from '@livepods/testing'
import type { Browser } from 'playwright-core'
import type { Field } from '../pipeline/field.ts'
import { samplePaths } from '../pipeline/photos.ts'
import { openPage } from './browser.ts'

/** Milliseconds from asking for the page of photos to its first contentful paint, in a browser that was never there. */
export async function measurePaint(
  { field, browser }: { field: Field; browser: Browser },
  { rounds, photos }: { rounds: number; photos: number },
): Promise<number[]> {
  await fetch(`http://127.0.0.1:${field.receiverPort}/v1/images/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paths: samplePaths(photos) }),
  })
  await eventually(
    async () => {
      if ((await field.pending()) > 0) throw new Error('The photos are not looked at.')
    },
    { withinMs: 300_000, everyMs: 200 },
  )
  const times: number[] = []
  for (let round = -1; round < rounds; round++) {
    await using page = await openPage(browser)
    await page.goto(`http://127.0.0.1:${field.system.port('frontend')}`)
    const painted = await page.waitForFunction("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    if (round >= 0) times.push((await painted.jsonValue()) as number)
  }
  return times
}
