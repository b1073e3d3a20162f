import type { Page } from '@livepods/testing/browser'

/** What a person drags from a folder, or copies: the event that the browser then makes. */
export async function give(
  page: Page,
  event: 'drop' | 'paste',
  files: { name: string; bytes: Buffer }[],
): Promise<void> {
  const given = files.map(({ name, bytes }) => ({ name, text: bytes.toString('base64') }))
  await page.evaluate(`(() => {
    const transfer = new DataTransfer()
    for (const { name, text } of ${JSON.stringify(given)}) {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([bytes], name))
    }
    const init = { bubbles: true, cancelable: true }
    const made = '${event}' === 'drop'
      ? new DragEvent('drop', { ...init, dataTransfer: transfer })
      : new ClipboardEvent('paste', { ...init, clipboardData: transfer })
    document.body.dispatchEvent(made)
  })()`)
}
