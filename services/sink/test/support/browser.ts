import { CHROMIUM_ARGUMENTS, requireProgram } from '@livepods/system'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await requireProgram('chromium', console.log),
    args: [...CHROMIUM_ARGUMENTS],
  })
}

export interface Tab extends AsyncDisposable {
  page: Page
  /** Errors of scripts, and what the page's policy forbade. */
  complaints: string[]
}

/** A tab with no memory of others. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`)
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}
