import { join } from 'node:path'
import { SAMPLE_PHOTOS } from '@livepods/samples'
import { type Bench, planOf } from '../suite.ts'
import { openPage } from './browser.ts'
import { cameraPhoto } from './photo.ts'
import { measureTimes, type Stage, type Waits } from './waits.ts'

const PLANS = {
  full: { rounds: 7, megabytes: 4 },
  quick: { rounds: 2, megabytes: 4 },
  tiny: { rounds: 1, megabytes: 0.2 },
}

/** From giving a photo to the page until its boxes and names are there. */
export async function upload({ field, browser }: Stage, bench: Bench): Promise<Waits> {
  const { rounds, megabytes } = planOf(bench, PLANS)
  const file = join(field.system.unknownPeople, SAMPLE_PHOTOS[0] ?? '')
  await using page = await openPage(browser)
  await page.goto(field.url('frontend'))
  // The first one, which does not count, finds everything cold.
  const times = await measureTimes(bench, { title: 'upload', rounds }, async () => {
    const buffer = await cameraPhoto(file, { megabytes, number: Date.now() })
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
    return performance.now() - begun
  })
  const name = `a photo of ${megabytes} MB given to the page → boxes and names on it`
  return { waits: [{ name, times, atMostMs: 2000 }], data: { upload: times } }
}
