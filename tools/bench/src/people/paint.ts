import { openPage } from '../browser.ts'
import { samplePaths } from '../pipeline/photos.ts'
import { type Bench, planOf } from '../suite.ts'
import { measureTimes, type Setup, type Waits } from './waits.ts'

/** A page has so many. */
export const MOST_PHOTOS = 48

const PLANS = {
  full: { rounds: 9, photos: MOST_PHOTOS },
  quick: { rounds: 2, photos: 12 },
  tiny: { rounds: 1, photos: 2 },
}

/** From asking for the page of photos to its first contentful paint, in a browser that was never there. */
export async function paint({ field, browser }: Setup, bench: Bench): Promise<Waits> {
  const { rounds, photos } = planOf(bench, PLANS)
  await field.post(samplePaths(photos))
  await field.allFinal()
  const times = await measureTimes(bench, { title: 'paint', rounds }, async () => {
    await using page = await openPage(browser)
    await page.goto(field.url('frontend'))
    const painted = await page.waitForFunction("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    return (await painted.jsonValue()) as number
  })
  return { waits: [{ name: 'the page of photos, first paint', times, atMostMs: 500 }], data: { paint: times } }
}
