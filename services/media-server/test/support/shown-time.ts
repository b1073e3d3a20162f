import assert from 'node:assert/strict'
import { eventually } from '@livepods/testing'
import type { Page } from '@livepods/testing/browser'
import { readStrip, STRIP_ROW } from '@livepods/time-strip'

/** The stream's time that the picture shows, in milliseconds; undefined before the first picture. */
export async function shownTime(page: Page): Promise<number | undefined> {
  const row = `(() => {
    const { videoWidth: width, videoHeight: height } = video
    if (width === 0) return []
    const context = new OffscreenCanvas(width, height).getContext('2d')
    context.drawImage(video, 0, 0)
    return context.getImageData(0, Math.floor(height * ${STRIP_ROW}), width, 1).data
  })()`
  return (await page.evaluate(`(${readStrip})(${row}) ?? null`)) ?? undefined
}

/** Resolves when the picture has gone on for so long without going back, as players do that look for their distance from the end. */
export async function playsFor(page: Page, seconds: number): Promise<void> {
  let first = await eventually(async () => (await shownTime(page)) ?? assert.fail('There is no strip yet.'))
  let newest = first
  await eventually(async () => {
    const shown = (await shownTime(page)) ?? newest
    if (shown < newest) first = shown
    newest = shown
    assert.ok(newest >= first + seconds * 1000, `${newest} ${await page.locator('#sentence').textContent()}`)
  })
}
