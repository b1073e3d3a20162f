import { CHROMIUM_ARGUMENTS, requireProgram } from '@livepods/system'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export type { Browser, Page }

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await requireProgram('chromium', console.log),
    args: CHROMIUM_ARGUMENTS,
  })
}

export interface Tab extends AsyncDisposable {
  page: Page
  /** What the page complained about: errors and warnings of scripts, and what its policy forbade. */
  complaints: string[]
}

export interface TabOptions extends BrowserContextOptions {
  /** Addresses of what may be gone when the page asks for it: a 404 there is no complaint. */
  mayBeGone?: RegExp
}

/** A tab with no memory of others. */
export async function openTab(browser: Browser, { mayBeGone, ...options }: TabOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const { url } = message.location()
    if (/status of 404/.test(message.text()) && mayBeGone?.test(url)) return
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.text()} ${url}`)
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}
