import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CHROMIUM_ARGUMENTS, findChromium } from '@livepods/system'
import { chromium, type Page } from 'playwright-core'

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } }
const SCHEMES = ['light', 'dark'] as const

const [base, folder, ...paths] = process.argv.slice(2)
const isHelp = base === '--help' || base === '-h'
if (isHelp || !base || !folder) {
  console[isHelp ? 'log' : 'error'](
    'node tools/dev/src/screenshots.ts <base url> <folder> [path …]: pictures of pages, on a desktop and a phone, light and dark',
  )
  process.exit(isHelp ? 0 : 64)
}
const executablePath = findChromium()
if (!executablePath) throw new Error('There is no Chromium. Install it, or name it by CHROMIUM.')

await mkdir(folder, { recursive: true })
await using browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS })
for (const path of paths.length > 0 ? paths : ['/', '/chain']) {
  for (const [device, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      await using page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: device === 'phone' ? 2 : 1 })
      await page.goto(new URL(path, base).href)
      await pictures(page)
      const name = path.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, '') || 'home'
      const file = join(folder, `${name}-${device}-${colorScheme}.png`)
      await page.screenshot({ path: file, fullPage: true })
      console.log(file)
    }
  }
}

/** Resolves when every picture is there; those below the fold are loaded too. */
async function pictures(page: Page): Promise<void> {
  await page.evaluate(`Promise.all(
    [...document.images].map((image) => {
      image.loading = 'eager'
      return image.decode().catch(() => {})
    }),
  )`)
}
