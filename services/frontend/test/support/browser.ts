import { CHROMIUM_ARGUMENTS, requireProgram } from '@livepods/system'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await requireProgram('chromium', console.log),
    args: CHROMIUM_ARGUMENTS,
  })
}

export interface Tab extends AsyncDisposable {
  page: Page
  /**
   * What the page complained about: errors of scripts, and what its policy forbade. A person or known photo that went away before the page
   * asked for it is neither.
   */
  complaints: string[]
}

/** A person, or a known photo. */
const MAY_GO = /\/people\/\d+(\/images\/\d+\/thumbnail)?$/

/** A tab with no memory of others. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const { url } = message.location()
    if (/status of 404/.test(message.text()) && MAY_GO.test(url)) return
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.text()} ${url}`)
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}
