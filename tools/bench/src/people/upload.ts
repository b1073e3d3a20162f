import { join } from 'node:path'
import { SAMPLE_PHOTOS } from '@livepods/samples'
import sharp from 'sharp'
import { openPage } from '../browser.ts'
import { type Bench, planOf } from '../suite.ts'
import { measureTimes, type Setup, type Waits } from './waits.ts'

const WIDTH = 4000
const PLANS = {
  full: { rounds: 7, megabytes: 4 },
  quick: { rounds: 2, megabytes: 4 },
  tiny: { rounds: 1, megabytes: 0.2 },
}

/** From giving a photo to the page until its boxes and names are there. */
export async function upload({ field, browser }: Setup, bench: Bench): Promise<Waits> {
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

/** The photo as a camera would have taken it, a JPEG of about so many megabytes with its noise; different for every `number`. */
async function cameraPhoto(
  file: string,
  { megabytes, number }: { megabytes: number; number: number },
): Promise<Buffer> {
  const width = Math.min(WIDTH, Math.round(WIDTH * Math.sqrt(megabytes / 4)))
  const { data, info } = await sharp(file).resize(width).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  let state = number + 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    data[i] = Math.max(0, Math.min(255, (data[i] as number) + ((state >>> 16) % 17) - 8))
  }
  const raw = { width: info.width, height: info.height, channels: info.channels }
  let best = Buffer.alloc(0)
  for (let [low, high] = [40, 100]; high - low > 1; ) {
    const quality = Math.round((low + high) / 2)
    best = await sharp(data, { raw }).jpeg({ quality }).toBuffer()
    if (best.length < megabytes * 1e6) low = quality
    else high = quality
  }
  return best
}
