import { CHROMIUM_ARGUMENTS, requireProgram } from '@livepods/system'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Progress } from './progress.ts'

export async function openBrowser(progress: Progress): Promise<Browser> {
  return await chromium.launch({
    executablePath: await requireProgram('chromium', progress.note),
    args: CHROMIUM_ARGUMENTS,
  })
}

/** A page of a browser that was never here. It may be asked things, which its policy would forbid. */
export async function openPage(browser: Browser): Promise<Page & AsyncDisposable> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true })
  const page = await context.newPage()
  return Object.assign(page, { [Symbol.asyncDispose]: async () => await context.close() })
}
