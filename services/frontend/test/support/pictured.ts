import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@livepods/testing/browser'

/** Where pictures of pages go, for people to look at; absent: none are made. */
const { SCREENSHOTS } = process.env

/** Takes pictures of the page as it is now: on a desktop and a phone, light and dark. */
export async function pictured(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return
  await mkdir(SCREENSHOTS, { recursive: true })
  const before = page.viewportSize() ?? { width: 1280, height: 800 }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize(before)
}
