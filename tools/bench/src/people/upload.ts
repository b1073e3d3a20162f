import type { Browser } from 'playwright-core'
import type { Field } from '../pipeline/field.ts'
import { openPage } from './browser.ts'
import { cameraPhoto } from './photo.ts'

/** Milliseconds from giving a photo to the page until its boxes and names are there, once for each round. */
export async function measureUpload(
  { field, browser, file }: { field: Field; browser: Browser; file: string },
  { rounds, megabytes }: { rounds: number; megabytes: number },
): Promise<number[]> {
  await using page = await openPage(browser)
  await page.goto(`http://127.0.0.1:${field.system.port('frontend')}`)
  const times: number[] = []
  for (let round = -1; round < rounds; round++) {
    const buffer = await cameraPhoto(file, { megabytes, number: Date.now() + round })
    const newest = page.locator('#grid > li').first()
    const before = (await newest.getAttribute('id').catch(() => null)) ?? ''
    const begun = performance.now()
    await page.getByLabel('Choose photos').setInputFiles({ name: 'camera.jpg', mimeType: 'image/jpeg', buffer })
    await page.waitForFunction(
      `(() => {
        const newest = document.querySelector('#grid > li')
        return newest && newest.id !== ${JSON.stringify(before)} && newest.querySelector('rect.box') && newest.dataset.state !== 'processing'
      })()`,
    )
    // The first one finds everything cold.
    if (round >= 0) times.push(performance.now() - begun)
  }
  return times
}
